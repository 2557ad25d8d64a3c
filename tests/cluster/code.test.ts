import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundleProgram, CodeCache, stopEsbuild } from '@aktis/cluster/code';

// Programs are bundled, their files removed, and their tasks and actors run in a process that has only the bundle.

const fixtures = fileURLToPath(new URL('../fixtures/code/', import.meta.url));
const root = realpathSync(mkdtempSync(join(tmpdir(), 'aktis-code-')));
afterAll(async () => {
  await stopEsbuild();
  rmSync(root, { recursive: true });
});

interface Call {
  readonly file: string;
  readonly name: string;
  readonly method?: string;
  readonly args?: readonly unknown[];
}

interface Result {
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly code: string; readonly message: string; readonly stack: string };
}

interface Shipping {
  readonly entry?: string;
  readonly modules: readonly string[];
  readonly setup?: string;
  readonly argv?: readonly string[];
  /** Files to be added on the machine of the driver, and of the node. */
  readonly driverFiles?: Readonly<Record<string, string>>;
  readonly nodeFiles?: Readonly<Record<string, string>>;
}

let count = 0;

/** Bundles a fixture where the driver is, and runs `calls` where it is not. */
async function ship(program: string, shipping: Shipping, calls: readonly Call[]) {
  const machine = join(root, String(++count));
  const [driver, node] = [join(machine, 'driver'), join(machine, 'node')];
  cpSync(join(fixtures, program), driver, { recursive: true });
  write(driver, shipping.driverFiles);
  write(node, { 'package.json': '{}', ...shipping.nodeFiles });
  const url = (file: string) => pathToFileURL(join(driver, file)).href;
  const { entry, modules, setup, argv = [] } = shipping;

  const bundle = await bundleProgram({
    entry: entry && url(entry),
    modules: modules.map(url),
    setup: setup && url(setup),
    root: driver,
  });
  rmSync(driver, { recursive: true });
  const blobs = new Map<string, Uint8Array>();
  const cache = new CodeCache(join(node, 'code'), {
    put: async (hash, content) => void blobs.set(hash, content),
    get: async hash => blobs.get(hash),
  });
  await cache.publish(bundle);
  const job = {
    bundle: await cache.file(bundle.hash),
    argv,
    setup: setup && url(setup),
    calls: calls.map(({ file, ...call }) => ({ ...call, module: url(file) })),
  };
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [join(fixtures, 'support/foreign-node.mjs'), JSON.stringify(job)],
    { cwd: node, env: { ...process.env, JEST_WORKER_ID: undefined } },
  );
  const results = JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1)) as Result[];
  return { bundle, url, results, printed: stdout.slice(0, stdout.lastIndexOf('\n')) + stderr };
}

function write(folder: string, files: Readonly<Record<string, string>> = {}): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

test('a program in TypeScript', async () => {
  const { bundle, url, results, printed } = await ship(
    'typescript',
    { entry: 'main.ts', modules: ['main.ts', 'counter.ts', 'other.ts'], argv: ['given'] },
    [
      { file: 'main.ts', name: 'add', args: [1, 2] },
      { file: 'other.ts', name: 'add', args: ['a', 'b'] },
      { file: 'counter.ts', name: 'Counter', method: 'increment', args: [3] },
      { file: 'counter.ts', name: 'Counter', method: 'names' },
      { file: 'counter.ts', name: 'Counter.square', args: [4] },
      { file: 'main.ts', name: 'places' },
      { file: 'main.ts', name: 'later', args: [5] },
      { file: 'late.ts', name: 'triple', args: [6] },
      { file: 'other.ts', name: 'store' },
      { file: 'main.ts', name: 'fails' },
      { file: 'main.ts', name: 'tooLate' },
      { file: 'nowhere.ts', name: 'gone' },
    ],
  );
  expect(bundle.hash).toBe(createHash('sha256').update(bundle.code).digest('hex'));
  expect(bundle.natives).toEqual([]);
  const values = results.slice(0, 9).map(({ value, error }) => value ?? error);
  expect(values).toEqual([
    103,
    'a and b',
    3,
    ['Counter', 'Store'],
    16,
    {
      url: url('main.ts'),
      beside: url('counter.ts'),
      argument: 'given',
      label: 'by an alias',
      legacy: fileURLToPath(url('legacy.cjs')),
    },
    15,
    18,
    ['other', 'Store'],
  ]);
  const [fails, tooLate, gone] = results.slice(9).map(({ error }) => error);
  expect(fails).toMatchObject({ name: 'TypeError', message: 'line 26' });
  expect(fails?.stack).toMatch(/driver\/main\.ts:26:9/);
  expect(tooLate).toMatchObject({ code: 'ERR_AKTIS_MODULE_LOAD' });
  expect(tooLate?.message).toMatch(/'tooLate' is not defined where .*main\.ts calls init\(\)/);
  expect(gone).toMatchObject({ code: 'ERR_AKTIS_MODULE_LOAD' });
  expect(gone?.message).toMatch(
    /'gone' of .*nowhere\.ts is not part of the job's bundle: it was defined after init\(\), or its module is not imported by the program/,
  );
  expect(printed).not.toMatch(/never in a worker/);
});

test('standard decorators, where tsconfig.json says so', async () => {
  const { results } = await ship('standard', { entry: 'main.ts', modules: ['main.ts'] }, [
    { file: 'main.ts', name: 'Counter', method: 'increment' },
    { file: 'main.ts', name: 'Counter.square', args: [3] },
  ]);
  expect(results).toEqual([{ value: 1 }, { value: 9 }]);
});

test('dependency injection: the setup module fills the container of the node', async () => {
  const { results } = await ship('injection', { entry: 'main.ts', modules: ['main.ts'], setup: 'container.ts' }, [
    { file: 'main.ts', name: 'Greeter', method: 'greet', args: ['noon'] },
  ]);
  expect(results).toEqual([{ value: 'noon at 12' }]);
});

test('a CommonJS program with a main function', async () => {
  const { results, url, printed } = await ship('commonjs', { entry: 'main.js', modules: ['main.js'] }, [
    { file: 'main.js', name: 'quarter', args: [8] },
  ]);
  const folder = dirname(fileURLToPath(url('main.js')));
  expect(results).toEqual([{ value: { value: 2, file: 'main.js', folder, isStrict: true } }]);
  expect(printed).not.toMatch(/never in a worker/);
});

test('modules that import the script in a circle, while it awaits others and then init()', async () => {
  const { results } = await ship(
    'circle',
    { entry: 'main.js', modules: ['main.js', 'double.js', 'increase.js', 'beside.js'] },
    [
      { file: 'double.js', name: 'double', args: [4] },
      { file: 'increase.js', name: 'increase', args: [4] },
      { file: 'beside.js', name: 'order' },
    ],
  );
  expect(results).toEqual([{ value: 8 }, { value: 6 }, { value: ['awaits', 'beside'] }]);
});

test('a test file, without an entry and without its framework', async () => {
  const { results } = await ship('jest', { modules: ['sum-test.ts'] }, [
    { file: 'sum-test.ts', name: 'sum', args: [1, 2, 3] },
  ]);
  expect(results).toEqual([{ value: 6 }]);
});

const installed = {
  'node_modules/shouting/package.json': '{ "type": "module", "exports": "./index.js", "sideEffects": false }',
  'node_modules/shouting/index.js':
    "import './mark.js'; export const shout = text => text.toUpperCase() + globalThis.mark;",
  'node_modules/shouting/mark.js': "globalThis.mark = '!';",
  'node_modules/compiled/package.json': '{}',
  'node_modules/tasks/package.json': '{ "main": "tasks.js" }',
  'node_modules/tasks/tasks.js': "exports.square = require('aktis').remote(function square(x) { return x * x; });",
  'node_modules/compiled/index.js':
    "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'd'; exports.other = 1;",
};
const addon = {
  'node_modules/addon/package.json': '{ "gypfile": true, "main": "./index.js" }',
  'node_modules/addon/index.js': 'exports.platform = () => [process.cwd(), __dirname];',
};

test('packages travel, those with a native part stay and are found where the node was started', async () => {
  const { bundle, results } = await ship(
    'packages',
    { entry: 'main.js', modules: ['main.js'], driverFiles: { ...installed, ...addon }, nodeFiles: addon },
    [
      { file: 'main.js', name: 'call', args: ['hi'] },
      { file: 'node_modules/tasks/tasks.js', name: 'square', args: [5] },
      { file: 'main.js', name: 'native' },
    ],
  );
  const node = join(root, String(count), 'node');
  expect(bundle.natives).toEqual(['addon']);
  expect(results).toEqual([
    { value: ['HI!', ['default', 'other'], 'd'] },
    { value: 25 },
    { value: [node, `${node}/node_modules/addon`] },
  ]);
});

test('a package that must be installed on the node and is not', async () => {
  const { results } = await ship(
    'packages',
    { entry: 'main.js', modules: ['main.js'], driverFiles: { ...installed, ...addon } },
    [
      { file: 'main.js', name: 'native' },
      { file: 'main.js', name: 'call', args: ['still'] },
    ],
  );
  expect(results[0]?.error).toMatchObject({ code: 'ERR_AKTIS_MODULE_LOAD' });
  expect(results[0]?.error?.message).toMatch(/The package 'addon' is not installed on this node.*npm install addon/);
  expect(results[1]).toMatchObject({ value: ['STILL!', ['default', 'other'], 'd'] });
});
