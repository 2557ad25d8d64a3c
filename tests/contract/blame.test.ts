import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'aktis-blame-')));
mkdirSync(join(folder, 'node_modules'));
symlinkSync(fileURLToPath(new URL('../../packages/aktis', import.meta.url)), join(folder, 'node_modules/aktis'));
afterAll(() => rmSync(folder, { recursive: true }));

const prelude = `import { get, init, put, remote, wait, kill } from 'aktis';
const add = remote(function add(a, b) { return a + b; });
const Counter = remote(class Counter { hi() {} });
`;

test.each([
  ['a misspelt option of a function', 'add.options({ numCpu: 1 });'],
  ['of a class', 'Counter.options({ maxRestart: 1 });'],
  ['of what has options already', 'add.options(1).options({ numCpu: 1 });'],
  ['of remote', 'remote({ numCpu: 1 });'],
  ['of init', 'await init({ numCpu: 1 });'],
  ['of get', 'await get(put(1), { timeuot: 1 });'],
  ['of a method', 'Counter.remote().hi.options({ numRetruns: 1 });'],
  ['an argument that cannot travel', 'add.remote(() => 1);'],
  ['with options', 'add.options(1).remote(() => 1);'],
  ['to a constructor', 'Counter.remote(() => 1);'],
  ['to a method', 'Counter.remote().hi.remote(() => 1);'],
  ['what is no ref', 'await get(3);'],
  ['nor are several', 'await wait([3]);'],
  ['a value that cannot travel', 'put(() => 1);'],
  ['a ref as a value', 'put(put(1));'],
  ['a class that is not remote', '(class Foo {}).remote();'],
  ['what is no handle', 'await kill({});'],
  ['a method without .remote', 'Counter.remote().hi();'],
  ['a constructor in the style of new', 'new Counter.remote();'],
])('of %s, Node shows the line of the program', (_, line) => {
  writeFileSync(join(folder, 'main.mjs'), `${prelude}${line}\n`);
  const { stderr, status } = spawnSync(process.execPath, ['main.mjs'], { cwd: folder, encoding: 'utf8' });
  expect(status).toBe(1);
  const [where, shown] = stderr.split('\n');
  expect(where).toBe(`file://${folder}/main.mjs:4`);
  expect(shown).toBe(line);
  expect(stderr).not.toMatch(/packages\/(core|actors)/);
});

test('a method called without .remote says how it is called', () => {
  writeFileSync(join(folder, 'main.mjs'), `${prelude}Counter.remote().hi();\n`);
  const { stderr } = spawnSync(process.execPath, ['main.mjs'], { cwd: folder, encoding: 'utf8' });
  expect(stderr).toContain('Counter.hi runs in its actor: write .hi.remote(…), and get() of what it returns');
});
