import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** One of the packages that `npm pack` made, as it reports it. */
interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

interface Manifest {
  readonly license: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly engines: { readonly node: string };
}

const here = fileURLToPath(new URL('.', import.meta.url));
const repository = join(here, '../..');
const names = ['transport', 'core', 'actors', 'cluster', 'dashboard', 'cli', 'aktis'];

let project: string;
let packages: readonly Packed[];

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'aktis-packaging-'));
  await cp(join(here, 'project'), project, { recursive: true });
  const tarballs = join(project, 'tarballs');
  await mkdir(tarballs);
  const workspaces = names.map(name => `--workspace=packages/${name}`);
  const packed = await npm(
    repository,
    'pack',
    '--json',
    '--ignore-scripts',
    `--pack-destination=${tarballs}`,
    ...workspaces,
  );
  packages = JSON.parse(packed) as Packed[];
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  // Strict: each of the packages that come along must be content with this Node.
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--engine-strict'];
  await npm(project, 'install', ...options, ...packages.map(({ filename }) => join(tarballs, filename)));
}, 90_000);
afterAll(() => rm(project, { recursive: true, force: true }));

/** What a program prints; rejects, with its output, unless it ends with exit code 0. */
async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  // As in a terminal: Aktis would notice that it runs under jest, and npm that it runs under npm.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:npm_|JEST_WORKER_ID$|NODE_OPTIONS$)/i.test(name)),
  );
  const { stdout } = await promisify(execFile)(command, args, { cwd, env, timeout: 80_000 });
  return stdout;
}

const npm = (cwd: string, ...args: string[]) => run('npm', args, cwd);
const node = (...args: string[]) => run(process.execPath, args, project);

describe.each(names)('the package %s', name => {
  const manifestOf = async () =>
    JSON.parse(await readFile(join(repository, 'packages', name, 'package.json'), 'utf8')) as Manifest;
  const filesOf = () => packages[names.indexOf(name)]?.files.map(file => file.path) ?? [];

  test('holds all that it names, and its license', async () => {
    const { bin = {}, exports } = await manifestOf();
    const named = [...Object.values(bin), ...Object.values(exports)].flatMap(entry =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    expect(filesOf()).toEqual(expect.arrayContaining([...named.map(path => path.replace('./', '')), 'LICENSE']));
  });

  test('holds no sources, tests or leftovers of the build', () => {
    expect(filesOf().filter(path => /^src\/|\.test\.|tsbuildinfo|tsconfig\.json|^dist\/.*\.map$/.test(path))).toEqual(
      [],
    );
  });
});

test('the packages together stay small', () => {
  expect(packages.reduce((bytes, { unpackedSize }) => bytes + unpackedSize, 0)).toBeLessThan(5_000_000);
});

test('the quick tour runs where they are installed', async () => {
  await cp(join(repository, 'samples/quick-tour.ts'), join(project, 'quick-tour.ts'));
  const lines = (await run(join(project, 'node_modules/.bin/aktis'), ['run', 'quick-tour.ts'], project))
    .trim()
    .split('\n');
  expect(lines).toHaveLength(14);
  expect(lines[1]).toMatch(/add\.remote\(1, 2\) = 3$/);
});

test('the quick tour runs as an ES module that some compiler made', async () => {
  const { transformFile } = await import('@swc/core');
  const { code } = await transformFile(join(repository, 'samples/quick-tour.ts'), {
    configFile: false,
    swcrc: false,
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
  });
  await writeFile(join(project, 'quick-tour.mjs'), code);
  expect((await node('quick-tour.mjs')).trim().split('\n')).toHaveLength(14);
});

test('CommonJS requires them where Node can require ES modules', async () => {
  const told = node('tour.cjs');
  // Not `process.features`: jest's copy of it has the old names only.
  if ((await node('-p', 'process.features.require_module')).trim() !== 'true') {
    await expect(told).rejects.toThrow('ERR_REQUIRE_ESM');
    return;
  }
  expect(JSON.parse(await told)).toEqual({ sum: 3, quotient: 3, remainder: 2, counted: 13, failed: true });
});

test.each([
  ['legacy', { experimentalDecorators: true, emitDecoratorMetadata: true }],
  ['standard', {}],
])('TypeScript 7 checks a program against them, with %s decorators', async (mode, decorators) => {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    // Comlink's declarations want the DOM.
    skipLibCheck: true,
    noEmit: true,
    typeRoots: [join(repository, 'node_modules/@types')],
    types: ['node'],
    ...decorators,
  };
  const config = `tsconfig.${mode}.json`;
  await writeFile(join(project, config), JSON.stringify({ compilerOptions, files: ['typed.ts'] }));
  const told = node(join(repository, 'node_modules/typescript/bin/tsc'), '--pretty', 'false', '-p', config);
  expect(await told.catch((error: { stdout?: string }) => error.stdout)).toBe('');
});
