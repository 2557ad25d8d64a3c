import {
  cancel,
  GetTimeoutError,
  get,
  InvalidOptionError,
  init,
  remote,
  runtimeContext,
  shutdown,
  TaskCancelledError,
  TaskTimeoutError,
} from 'aktis';

const spin = remote(function spin() {
  for (;;);
});
const politely = remote(async function politely() {
  const { signal } = runtimeContext();
  await new Promise(resolve => signal.addEventListener('abort', resolve));
  return 'stopped';
});
const watchful = remote(function watchful() {
  while (!runtimeContext().isCancelled);
  return 'saw it';
});
const one = remote(function one() {
  return 1;
});
const parent = remote(async function parent() {
  await get(politely.remote());
});
const slow = remote(async function slow(milliseconds: number) {
  await new Promise(resolve => setTimeout(resolve, milliseconds));
  return milliseconds;
});

@remote()
class Worker {
  #calls = 0;
  async block() {
    const { signal } = runtimeContext();
    await new Promise(resolve => signal.addEventListener('abort', resolve));
    return ++this.#calls;
  }
  count() {
    return ++this.#calls;
  }
}

beforeAll(async () => {
  await init({ numCpus: 2 });
  await get([one.remote(), one.remote()]);
});
afterAll(() => shutdown());

test('a task that waits in the queue never runs', async () => {
  const running = [watchful.remote(), watchful.remote()];
  const queued = one.remote();
  await cancel(queued);
  await expect(get(queued)).rejects.toThrow(TaskCancelledError);
  for (const ref of running) await cancel(ref);
  await expect(get(running[0] as never)).rejects.toThrow(TaskCancelledError);
});

test('a running task is told by its signal and by isCancelled, and get rejects at once', async () => {
  for (const task of [politely, watchful]) {
    const ref = task.remote();
    await expect(get(ref, { timeout: 100 })).rejects.toThrow(GetTimeoutError);
    await cancel(ref);
    await expect(get(ref)).rejects.toThrow(TaskCancelledError);
  }
  expect(await get([one.remote(), one.remote()])).toEqual([1, 1]);
});

test('a task that ignores it loses its thread, and others are not harmed', async () => {
  const hanging = [spin.remote(), spin.remote()];
  const waiting = [one.remote(), one.remote(), one.remote()];
  await expect(get(hanging[0] as never, { timeout: 50 })).rejects.toThrow(GetTimeoutError);
  for (const ref of hanging) await cancel(ref, { grace: 20 });
  expect(await get(waiting)).toEqual([1, 1, 1]);
});

test('force replaces the thread at once', async () => {
  const ref = spin.remote();
  await expect(get(ref, { timeout: 50 })).rejects.toThrow(GetTimeoutError);
  await cancel(ref, { force: true });
  await expect(get(ref)).rejects.toThrow(TaskCancelledError);
  expect(await get([one.remote(), one.remote()])).toEqual([1, 1]);
});

test('what the task submitted is cancelled too', async () => {
  const ref = parent.remote();
  await expect(get(ref, { timeout: 100 })).rejects.toThrow(GetTimeoutError);
  await cancel(ref);
  await expect(get(ref)).rejects.toThrow(TaskCancelledError);
  expect(await get([one.options(2).remote()])).toEqual([1]);
});

test('a finished task stays as it is', async () => {
  const ref = one.remote();
  await get(ref);
  await cancel(ref);
  expect(await get(ref)).toBe(1);
});

test('a time limit ends even a busy loop', async () => {
  await expect(get(spin.options({ timeout: 50 }).remote())).rejects.toThrow(TaskTimeoutError);
  expect(await get(one.remote())).toBe(1);
});

test('get gives up after its timeout or by its signal, and the work goes on', async () => {
  const ref = slow.remote(200);
  await expect(get(ref, { timeout: 10 })).rejects.toThrow(GetTimeoutError);
  await expect(get(ref, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  expect(await get(ref)).toBe(200);
});

test('a pending actor call is dropped, a running one gets the signal, force is refused', async () => {
  const worker = Worker.remote();
  expect(await get(worker.count.remote())).toBe(1);
  const running = worker.block.remote();
  const pending = worker.count.remote();
  await cancel(pending);
  await expect(get(pending)).rejects.toThrow(TaskCancelledError);
  await expect(get(running, { timeout: 50 })).rejects.toThrow(GetTimeoutError);
  await expect(cancel(running, { force: true })).rejects.toThrow(InvalidOptionError);
  await cancel(running);
  await expect(get(running)).rejects.toThrow(TaskCancelledError);
  expect(await get(worker.count.remote())).toBe(3);
});
