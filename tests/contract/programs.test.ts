import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Programs of their own: what they print, how they end, and what they leave behind. */

const here = mkdtempSync(join(dirname(fileURLToPath(import.meta.url)), 'program-'));
afterAll(() => rmSync(here, { recursive: true }));
let programs = 0;

const start = `
import * as aktis from 'aktis';
import { isMainThread } from 'node:worker_threads';
const { init, remote, get, put, wait, shutdown, memoryStats } = aktis;
const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
const add = remote(function add(a, b) { return a + b; });
const later = remote(async function later(milliseconds, value) { await sleep(milliseconds); return value; });
const spin = remote(function spin() { for (;;); });
const refuse = remote(function refuse() { throw new RangeError('never read'); });
const talk = remote(function talk() { console.log('to stdout'); console.error('to stderr'); });
const repeat = remote(function repeat() { for (let i = 0; i < 50; i++) console.log('the same'); });
const begin = options => init({ numCpus: 2, includeDashboard: false, ...options });
`;

async function run(body: string, { before = '', files = {}, environment = {}, flags = [] as string[] } = {}) {
  const directory = join(here, `${programs++}`);
  const { mkdirSync } = await import('node:fs');
  mkdirSync(directory);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text as string);
  writeFileSync(join(directory, 'main.mjs'), before + start + body);
  const child = spawn(process.execPath, [...flags, join(directory, 'main.mjs')], {
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', data => (stdout += data));
  child.stderr.on('data', data => (stderr += data));
  const limit = setTimeout(() => child.kill('SIGKILL'), 12_000);
  const [code, signal] = await new Promise<[number | null, string | null]>(resolve =>
    child.on('close', (...ended) => resolve(ended)),
  );
  clearTimeout(limit);
  return { code, signal, stdout, stderr };
}

test('an idle session does not keep the process alive, nor does work nobody waits for', async () => {
  for (const body of [
    'await begin(); await get(add.remote(1, 2));',
    'await begin(); spin.remote(); await sleep(100);',
    'await begin(); later.remote(60_000);',
  ]) {
    expect(await run(body)).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
  }
});

test('a pending get or wait does', async () => {
  expect((await run(`await begin(); get(later.remote(300, 'here')).then(console.log);`)).stdout).toBe('here\n');
  expect(
    (await run(`await begin(); wait([later.remote(300)]).then(([ready]) => console.log(ready.length));`)).stdout,
  ).toBe('1\n');
});

test('the exit code is that of the user: thrown, set, or given to exit', async () => {
  expect((await run(`await begin(); later.remote(60_000); throw new Error('mine');`)).code).toBe(1);
  expect((await run(`await begin(); await get(refuse.remote());`)).code).toBe(1);
  expect((await run(`await begin(); process.exitCode = 6; await get(add.remote(1, 1));`)).code).toBe(6);
  expect((await run(`await begin(); spin.remote(); await sleep(100); process.exit(5);`)).code).toBe(5);
});

test('signals end the process as ever', async () => {
  expect(
    (await run(`await begin(); setTimeout(() => process.kill(process.pid, 'SIGTERM'), 100); await get(spin.remote());`))
      .signal,
  ).toBe('SIGTERM');
});

test('a failure nobody reads is logged once, and the exit code stays 0', async () => {
  const { code, stderr } = await run(
    `await begin({ numCpus: 1 }); const ref = refuse.remote(); await get(add.remote(1, 1));`,
  );
  expect(code).toBe(0);
  expect(stderr.match(/never read/g)).toHaveLength(1);
  expect(stderr).toMatch(/refuse/);
});

test('what workers print arrives with its origin, repeated lines folded, also just before the end', async () => {
  const { stdout, stderr } = await run(`await begin(); await get(talk.remote()); await get(repeat.remote());`);
  expect(stdout).toMatch(/^\(talk pid=\d+ worker=\w+\) to stdout$/m);
  expect(stderr).toMatch(/^\(talk pid=\d+ worker=\w+\) to stderr$/m);
  expect(stdout.match(/the same/g)).toHaveLength(2);
  expect(stdout).toMatch(/49x/);
  expect((await run(`await begin({ logToDriver: false }); await get(talk.remote());`)).stdout).toBe('');
});

test('calls at the top level before init start a session', async () => {
  expect((await run(`console.log(await get([add.remote(1, 2), put(3)]));`)).stdout).toMatch(/\[ 3, 3 \]/);
});

test('definitions that workers cannot find say what to do', async () => {
  const { stdout } = await run(`
    await begin();
    const late = remote(function late() {});
    await get(late.remote()).catch(error => console.log(error.code, error.message));
    for (const define of [() => remote(() => 1), () => { remote(function twice() {}); return remote(function twice() {}); }]) {
      try { await get(define().remote()); } catch (error) { console.log(error.code, error.message); }
    }
    console.log(await get(add.remote(1, 2)));`);
  const lines = stdout.trim().split('\n');
  expect(lines[0]).toMatch(/ERR_AKTIS_MODULE_LOAD 'late' .*above init/);
  expect(lines[1]).toMatch(/has no name/);
  expect(lines[2]).toMatch(/two remote functions named 'twice'/);
  expect(lines[3]).toBe('3');
});

test('a module that throws in workers fails its calls with ModuleLoadError', async () => {
  const library = `import { remote } from 'aktis'; import { isMainThread } from 'node:worker_threads'; if (!isMainThread) throw new Error('not here'); export const one = remote(function one() { return 1; });`;
  const { stdout } = await run(
    `await begin(); await get(one.remote()).catch(error => console.log(error.code, error.message)); console.log(await get(add.remote(1, 2)));`,
    {
      before: `import { one } from './library.mjs';`,
      files: { 'library.mjs': library },
    },
  );
  expect(stdout).toMatch(/ERR_AKTIS_MODULE_LOAD .*library\.mjs.*not here/);
});

test('a setup module registers what service() finds; a missing provider is named', async () => {
  const { stdout } = await run(
    `const Shop = remote(class Shop { repo = aktis.service(Repo); hello() { return this.repo.hello(); } });
     const Broken = remote(class Broken { it = aktis.service('missing'); hello() {} });
     await begin({ runtimeEnv: { setup: import.meta.resolve('./setup.mjs') } });
     console.log(await get(Shop.remote().hello.remote()));
     await get(Broken.remote().hello.remote()).catch(error => console.log(error.code, error.message));`,
    {
      before: `import { Repo } from './repo.mjs';`,
      files: {
        'repo.mjs': `export class Repo { hello() { return 'default'; } }`,
        'setup.mjs': `import { container } from 'aktis'; import { Repo } from './repo.mjs'; container.registerInstance(Repo, { hello: () => 'from setup' });`,
      },
    },
  );
  expect(stdout).toMatch(/^from setup$/m);
  expect(stdout).toMatch(/ERR_AKTIS_ACTOR_DIED .*'missing'/);
});

test('AKTIS_CHECK_IMMUTABLE finds who writes to a shared buffer', async () => {
  const { stdout } = await run(
    `const scribble = remote(function scribble(bytes) { bytes[0] = 9; });
     await begin();
     await get(scribble.remote(put(new Uint8Array(100_000)))).catch(error => console.log(error.message));`,
    { environment: { AKTIS_CHECK_IMMUTABLE: '1' } },
  );
  expect(stdout).toMatch(/written to by scribble/);
});

test('objects nobody refers to any more are freed, in whatever they were held', async () => {
  const { stdout } = await run(
    `const hold = remote(function hold() { return [put(new Uint8Array(1e6)), put(new Uint8Array(1e6))]; });
     const Keeper = remote(class Keeper { keep(box) { this.ref = box.ref; } });
     await begin();
     const settle = async expected => {
       for (let i = 0; i < 100 && (await memoryStats()).objects > expected; i++) { gc(); await sleep(20); }
       return (await memoryStats()).objects;
     };
     for (let i = 0; i < 100; i++) put(new Uint8Array(100_000));
     console.log(await settle(0));
     await get(Array.from({ length: 10 }, () => add.remote(put(1), 2)));
     console.log(await settle(0));
     const keeper = Keeper.remote();
     await get(keeper.keep.remote({ ref: put(new Uint8Array(100_000)) }));
     await aktis.kill(keeper);
     console.log(await settle(0));`,
    { flags: ['--expose-gc'] },
  );
  expect(stdout).toBe('0\n0\n0\n');
});
