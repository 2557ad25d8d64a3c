import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { environmentOf } from './worker-environment.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'aktis-entry-')));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string) => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '');
  return path;
};

const entryOf = (script: string | undefined, { execArgv = [] as string[], env = {} as NodeJS.ProcessEnv } = {}) =>
  environmentOf({ argv: ['/usr/bin/node', ...(script === undefined ? [] : [script])], execArgv, env }).entry;

test('the entry is the script, named as fully as its URL', () => {
  const main = file('app/main.js');
  file('app/index.js');
  expect(entryOf(main)).toBe(pathToFileURL(main).href);
  expect(entryOf(join(folder, 'app/main'))).toBe(pathToFileURL(main).href);
  expect(entryOf(join(folder, 'app'))).toBe(pathToFileURL(join(folder, 'app/index.js')).href);
  symlinkSync(main, join(folder, 'link.js'));
  expect(entryOf(join(folder, 'link.js'))).toBe(pathToFileURL(main).href);
});

test('compiled JavaScript beside its source is the entry that was started', () => {
  const main = file('both/main.js');
  file('both/main.ts');
  expect(entryOf(main)).toBe(pathToFileURL(main).href);
});

test('a script in TypeScript is found, and workers load TypeScript', () => {
  const main = file('app/script.ts');
  const environment = environmentOf({ argv: ['node', join(folder, 'app/script')], execArgv: [], env: {} });
  expect(environment).toMatchObject({ entry: pathToFileURL(main).href, typescript: true, testRunner: false });
});

test.each([
  'jest/bin/jest.js',
  'jest-worker/build/child.js',
  'vitest/dist/cli.js',
  'mocha/bin/mocha.js',
  'ava/entry.mjs',
  'pm2/lib/fork.js',
])('what was installed is no entry: %s', name => expect(entryOf(file(join('node_modules', name)))).toBeUndefined());

test('neither is anything without a file, nor what the runner of Node runs', () => {
  expect(entryOf(undefined)).toBeUndefined();
  expect(entryOf(join(folder, 'gone.js'))).toBeUndefined();
  const main = file('app/a.test.js');
  expect(entryOf(main, { execArgv: ['--test'] })).toBeUndefined();
  expect(entryOf(main, { env: { NODE_TEST_CONTEXT: 'child-v8' } })).toBeUndefined();
});

test('`aktis run` names the entry itself', () => {
  const symbol = Symbol.for('aktis.entry');
  const global = globalThis as { [symbol]?: string };
  try {
    global[symbol] = join(folder, 'run.ts');
    expect(entryOf(file('node_modules/aktis/bin/aktis.js'))).toBe(pathToFileURL(join(folder, 'run.ts')).href);
  } finally {
    delete global[symbol];
  }
});

test('NODE_OPTIONS reaches threads without loaders of TypeScript and flags of the process, and the rest of the environment as it is then', () => {
  const env: NodeJS.ProcessEnv = { NODE_OPTIONS: '--max-old-space-size=512 --import tsx --conditions=x' };
  const environment = environmentOf({ argv: ['node'], execArgv: ['--expose-gc'], env });
  env.LATER = '1';
  expect(environment.env).toEqual({ NODE_OPTIONS: '--conditions=x', LATER: '1' });
  expect(environment).toMatchObject({ execArgv: [], typescript: true });
});

test.each([{ JEST_WORKER_ID: '1' }, { VITEST: 'true' }, { NODE_TEST_CONTEXT: 'child-v8' }])(
  'a test runner is recognised by %j',
  env => {
    expect(environmentOf({ argv: ['node'], execArgv: [], env }).testRunner).toBe(true);
  },
);
