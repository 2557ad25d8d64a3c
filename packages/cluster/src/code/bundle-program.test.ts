import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleProgram, type Program } from './bundle-program.ts';
import { stopEsbuild } from './esbuild-service.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'aktis-bundle-')));
afterAll(async () => {
  await stopEsbuild();
  rmSync(root, { recursive: true });
});

let count = 0;

/** A program of these files, which begins with the first. */
function program(files: Readonly<Record<string, string>>): Program & { readonly root: string } {
  const folder = join(root, String(++count));
  for (const [name, text] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const entry = pathToFileURL(join(folder, Object.keys(files)[0] as string)).href;
  return { entry, modules: [entry], root: folder };
}

const bundle = (files: Readonly<Record<string, string>>, more: Partial<Program> = {}) =>
  bundleProgram({ ...program(files), ...more });

const textOf = ({ code }: { code: Uint8Array }) => Buffer.from(code).toString();

const failure = async (files: Readonly<Record<string, string>>): Promise<Error> => {
  const error = await bundle(files).then(
    () => undefined,
    error => error as Error,
  );
  expect(error).toMatchObject({ name: 'ModuleLoadError', code: 'ERR_AKTIS_MODULE_LOAD' });
  return error as Error;
};

test('the same program has the same hash, another one another', async () => {
  const given = program({ 'main.js': "export const a = 'a';" });
  const [first, second] = [await bundleProgram(given), await bundleProgram(given)];
  expect(second.hash).toBe(first.hash);
  writeFileSync(join(given.root, 'main.js'), "export const a = 'b';");
  expect((await bundleProgram(given)).hash).not.toBe(first.hash);
});

test('Aktis and what programs share with it are not in the bundle', async () => {
  const text = textOf(
    await bundle({
      'main.ts': `
        import 'reflect-metadata';
        import { remote } from 'aktis';
        import * as core from '@aktis/core';
        import { container } from 'tsyringe';
        import superjson from 'superjson';
        console.log(remote, core, container, superjson, import('comlink'));`,
      'old.cjs': "require('aktis').remote(function old() {});",
    }),
  );
  for (const name of ['reflect-metadata', 'aktis', '@aktis/core', 'tsyringe', 'superjson', 'comlink']) {
    expect(text).toContain(`"aktis-installed:${name}"`);
  }
  expect(text.length).toBeLessThan(20_000);
});

test('packages with a native part stay behind, and so do those that are named', async () => {
  const { natives } = await bundle(
    {
      'main.js':
        "import 'with-gyp'; import 'with-prebuilt/sub.js'; import 'by-platform'; import 'plain'; import 'big'; import './sub.js';",
      'sub.js': "require('@scope/loads');",
      'node_modules/with-gyp/package.json': '{ "main": "index.js" }',
      'node_modules/with-gyp/binding.gyp': '{}',
      'node_modules/with-prebuilt/package.json': '{}',
      'node_modules/with-prebuilt/prebuilds/linux-x64/it.node': '',
      'node_modules/by-platform/package.json': '{ "optionalDependencies": { "@by/platform-linux-x64-gnu": "1" } }',
      'node_modules/@scope/loads/package.json': '{ "dependencies": { "node-gyp-build": "4" } }',
      'node_modules/plain/package.json': '{ "main": "index.js", "optionalDependencies": { "fsevents": "2" } }',
      'node_modules/plain/index.js': '',
      'node_modules/big/package.json': '{}',
    },
    { external: ['big'] },
  );
  expect(natives).toEqual(['@scope/loads', 'big', 'by-platform', 'with-gyp', 'with-prebuilt']);
});

test('what is imported later is included, whether it defines something or not', async () => {
  const text = textOf(
    await bundle({
      'main.js': "export const later = () => import('./later.js');",
      'later.js': "export const evenLater = () => import('./even-later.js');",
      'even-later.js': "export const last = 'at last';",
    }),
  );
  expect(text).toMatch(/at last/);
  expect(text).toMatch(/"file:[^"]*\/later\.js": .*\(\) =>/);
  expect(text).toMatch(/"file:[^"]*\/even-later\.js": .*\(\) =>/);
});

test('optional packages need not be there', async () => {
  const { natives } = await bundle({
    'main.js': "import 'database'; export let fast; try { fast = require('faster'); } catch {}",
    'node_modules/database/package.json': '{ "main": "index.js" }',
    'node_modules/database/index.js': "exports.connect = () => require('its-driver');",
  });
  expect(natives).toEqual([]);
});

describe('the error names the place and what to do:', () => {
  test('JavaScript that cannot be parsed', async () => {
    const { message } = await failure({
      'main.js': "import './broken.js';",
      'broken.js': 'export const a = 1;\nconst = 2;',
    });
    expect(message).toMatch(/broken\.js:2:7: .*\n {4}const = 2;/);
  });

  test('TypeScript that cannot be parsed', async () => {
    const { message } = await failure({ 'main.ts': 'export const a: number = ;' });
    expect(message).toMatch(/main\.ts cannot be compiled:.*const a: number = ;/s);
  });

  test('a package that is not installed', async () => {
    const { message } = await failure({ 'main.ts': "\nimport { a } from 'not-there';\nexport { a };" });
    expect(message).toMatch(/main\.ts:2:\d+: Could not resolve "not-there"/);
    expect(message).toMatch(/npm install not-there/);
  });

  test('a file that is not there', async () => {
    const { message } = await failure({ 'main.js': "import './a.js'; import './b.js';" });
    expect(message).toMatch(/main\.js:1:8: Could not resolve "\.\/a\.js"/);
    expect(message).toMatch(/The file must exist when init\(\) is called/);
    expect(message).toMatch(/and 1 more like this/);
  });

  test('a file that is no code', async () => {
    const { message } = await failure({ 'main.js': "import text from './a.yaml'; console.log(text);", 'a.yaml': 'a' });
    expect(message).toMatch(/other files do not: read them in the driver/);
  });
});
