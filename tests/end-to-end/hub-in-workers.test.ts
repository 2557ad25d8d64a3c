import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { get, init, remote, shutdown } from 'aktis';

const inner = new URL('../fixtures/inner-driver.mjs', import.meta.url);

const namesOfCore = remote(async function namesOfCore() {
  return Object.keys(await import('@aktis/core'));
});
const namesOfHub = remote(async function namesOfHub() {
  return Object.keys(await import('@aktis/core/hub'));
});
const forkDriver = remote(async function forkDriver() {
  const [answer] = await once(fork(inner, { stdio: 'ignore' }), 'message');
  return answer;
});
const startDriver = remote(async function startDriver() {
  const [answer] = await once(new Worker(inner), 'message');
  return answer;
});

beforeAll(() => init({ numCpus: 1 }));
afterAll(shutdown);

test('worker threads load no hub, unless their code asks for it', async () => {
  expect(Object.keys(await import('@aktis/core'))).toContain('Node');
  expect(await get(namesOfCore.remote())).not.toContain('Node');
  expect(await get(namesOfHub.remote())).toContain('Node');
});

test('a process that a task starts can be a driver', async () => {
  expect(await get(forkDriver.remote())).toBe(42);
});

test('so can a thread that a task starts', async () => {
  expect(await get(startDriver.remote())).toBe(42);
});
