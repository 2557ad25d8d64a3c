import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FixtureWorker, fixture } from '../../../../tests/fixtures/loading/support/fixture-worker.ts';

const cache = mkdtempSync(join(tmpdir(), 'aktis-compiled-'));
afterAll(() => rmSync(cache, { recursive: true }));

const workers: FixtureWorker[] = [];
const worker = (options: ConstructorParameters<typeof FixtureWorker>[0] = {}, AKTIS_COMPILE_CACHE = cache) => {
  const started = new FixtureWorker(options, { ...process.env, AKTIS_COMPILE_CACHE });
  workers.push(started);
  return started;
};
afterEach(async () => {
  await Promise.all(workers.splice(0).map(worker => worker.end()));
});

test('an ES module program: decorators, metadata, statics, ./x.js for x.ts, folders, JSON', async () => {
  const { call } = bound(worker({ entry: fixture('ts-module/entry.ts') }));
  expect(await call('ts-module/entry.ts', 'add', { args: [1, 2] })).toMatchObject({ value: 3 });
  expect(await call('ts-module/actors.ts', 'Counter', { method: 'increment' })).toMatchObject({ value: 1 });
  expect(await call('ts-module/actors.ts', 'Counter', { method: 'parameters' })).toMatchObject({ value: ['Store'] });
  expect(await call('ts-module/actors.ts', 'Counter.square', { args: [3] })).toMatchObject({ value: 9 });
});

test('stacks name the lines of the source', async () => {
  const { error } = await worker({ entry: fixture('ts-module/entry.ts') }).call('ts-module/entry.ts', 'fails');
  expect(error?.stack).toMatch(/ts-module\/entry\.ts:14:9/);
});

test('a CommonJS program: require, __dirname, a bare @remote, import() of an ES module', async () => {
  const { call } = bound(worker({ entry: fixture('ts-commonjs/entry.ts') }));
  expect(await call('ts-commonjs/entry.ts', 'folder')).toMatchObject({ value: expect.stringMatching(/ts-commonjs$/) });
  expect(await call('ts-commonjs/actors.ts', 'Counter', { method: 'increment', args: [1] })).toMatchObject({
    value: 2,
  });
  expect(await call('ts-commonjs/entry.ts', 'viaImport')).toMatchObject({ value: 42 });
});

test('where the package does not say, top-level await makes an ES module and __filename a CommonJS one', async () => {
  const { call } = bound(worker({ entry: fixture('ts-untyped/script.ts') }));
  expect(await call('ts-untyped/script.ts', 'Local', { method: 'folderOf' })).toMatchObject({
    value: fixture('ts-untyped/script.ts'),
  });
  expect(await call('ts-untyped/awaiting.ts', 'twice', { args: [2] })).toMatchObject({ value: 4 });
  expect(await call('ts-untyped/actors.ts', 'Counter', { method: 'increment', args: [1] })).toMatchObject({ value: 2 });
  expect(await call('ts-untyped/mixed.ts', 'fileName')).toMatchObject({ value: 'mixed.ts' });
});

test('standard decorators where tsconfig.json says so, legacy ones where parameters are decorated all the same', async () => {
  const { call } = bound(worker());
  expect(await call('ts-standard/actors.ts', 'seen')).toMatchObject({ value: ['method method', 'class Observed'] });
  expect(await call('ts-standard/parameters.ts', 'positions')).toMatchObject({ value: [1] });
});

test('paths of tsconfig.json and JSX', async () => {
  const { call } = bound(worker({ entry: fixture('ts-paths/src/entry.ts') }));
  expect(await call('ts-paths/src/entry.ts', 'describe')).toMatchObject({ value: 'paths: section' });
});

test.each(['with-vitest.ts', 'with-globals.ts', 'with-node-test.mts', 'with-jest.cts'])(
  'a test file is loaded without its test framework: %s',
  async name => {
    const { call } = bound(worker({ testRunner: true }));
    expect(await call(`ts-tests/${name}`, 'add', { args: [1, 2] })).toMatchObject({ value: 3 });
  },
);

test('a JavaScript program may turn out to need TypeScript later', async () => {
  const { call } = bound(worker({ entry: fixture('plain/entry.mjs') }));
  expect(await call('plain/entry.mjs', 'add', { args: [1, 2] })).toMatchObject({ value: 3 });
  expect(await call('ts-standard/actors.ts', 'seen')).toMatchObject({ value: ['method method', 'class Observed'] });
});

test('one compilation serves the whole program and every later worker; without a cache it works too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aktis-compiled-'));
  try {
    const program = { entry: fixture('ts-module/entry.ts') };
    expect(await worker(program, folder).call('ts-module/entry.ts', 'add', { args: [1, 2] })).toMatchObject({
      value: 3,
    });
    const kept = readdirSync(folder);
    expect(kept).toHaveLength(3);
    expect(await worker(program, folder).call('ts-module/entry.ts', 'add', { args: [1, 2] })).toMatchObject({
      value: 3,
    });
    expect(readdirSync(folder)).toEqual(kept);
    expect(await worker(program, '').call('ts-module/entry.ts', 'add', { args: [1, 2] })).toMatchObject({ value: 3 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('workers that loaded TypeScript come and go without harm to the process', async () => {
  for (let round = 0; round < 3; round++) {
    const [a, b] = [worker({}, ''), worker({}, '')];
    await Promise.all([a, b].map(each => each.call('ts-standard/actors.ts', 'seen')));
    await a.end();
    expect(await worker({}, '').call('ts-standard/actors.ts', 'seen')).toMatchObject({
      value: ['method method', 'class Observed'],
    });
  }
});

test('a syntax error shows the place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aktis-syntax-'));
  try {
    const file = join(folder, 'broken.ts');
    writeFileSync(file, 'const a: number = ;\n');
    const { error } = await worker().call(pathToFileURL(file).href, 'a');
    expect(error).toMatchObject({ code: 'ERR_AKTIS_MODULE_LOAD' });
    expect(error?.message).toMatch(/broken\.ts cannot be compiled:.*const a: number = ;/s);
    expect(error?.message).not.toMatch(/Stack backtrace/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function bound(worker: FixtureWorker) {
  return { call: worker.call.bind(worker) };
}
