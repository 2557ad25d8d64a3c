import { getEventListeners } from 'node:events';
import {
  ActorDiedError,
  AktisError,
  asCompleted,
  cancel,
  exitActor,
  GetTimeoutError,
  get,
  getActor,
  InvalidOptionError,
  init,
  isInitialized,
  kill,
  NodeDiedError,
  NotInitializedError,
  nodes,
  placementGroup,
  put,
  remote,
  runtimeContext,
  SerializationError,
  shutdown,
  TaskCancelledError,
  TaskTimeoutError,
  wait,
} from 'aktis';

const add = remote(function add(a: number, b: number) {
  return a + b;
});
const later = remote(async function later<T>(milliseconds: number, value: T) {
  await new Promise(resolve => setTimeout(resolve, milliseconds).unref());
  return value;
});
const spin = remote(function spin() {
  for (;;);
});
const refuse = remote(function refuse(): number {
  throw new RangeError('no');
});
const pair = remote({ numReturns: 2 })(function pair(): [number, number] {
  return [1, 2];
});
const stuck = remote(async function* stuck() {
  yield 1;
  await new Promise(() => {});
});
const deep = remote(async function deep(n: number): Promise<number> {
  return n === 0 ? 0 : 1 + (await get(deep.remote(n - 1)));
});
const nameOfTask = remote(function nameOfTask() {
  return runtimeContext().taskName;
});
const functionResult = remote(function functionResult() {
  return () => 1;
});

@remote()
class Counter {
  #value = 0;
  increment() {
    return ++this.#value;
  }
  async slowly() {
    await new Promise(resolve => setTimeout(resolve, 60_000));
  }
  leave(): void {
    exitActor();
  }
}

const local = { numCpus: 2, includeDashboard: false };
afterEach(() => shutdown());

test('no promise stays pending after shutdown', async () => {
  await init(local);
  const iterator = stuck.remote()[Symbol.asyncIterator]();
  await iterator.next();
  const pending = [
    get(spin.remote()),
    get([later.remote(60_000, 1), later.remote(60_000, 2)]),
    get(add.remote(later.remote(60_000, 1), 1)),
    get(later.remote(60_000, 1), { timeout: 60_000 }),
    get(Counter.remote().slowly.remote()),
    get(Counter.options({ numCpus: 64 }).remote().increment.remote()),
    get(add.options({ resources: { x: 1 } }).remote(1, 2)),
    get(stuck.remote()),
    iterator.next(),
    wait([later.remote(60_000, 1)]),
    (async () => {
      for await (const ref of asCompleted([later.remote(60_000, 1)])) await get(ref);
    })(),
    get(placementGroup([{ CPU: 50 }]).ready()),
  ];
  const settled = Promise.allSettled(pending);
  await shutdown();
  for (const outcome of await settled)
    if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(AktisError);
});

test('init and shutdown may be called at the same time, and the last word holds', async () => {
  await init(local);
  spin.remote();
  await Promise.all([shutdown(), init(local)]);
  expect(await get(add.remote(1, 2))).toBe(3);
  await Promise.all([shutdown(), shutdown()]);
  expect(isInitialized()).toBe(false);
  await Promise.all([init(local), shutdown()]);
  expect(isInitialized()).toBe(false);
});

test('of two inits at once one wins, unless both may be ignored', async () => {
  const outcomes = await Promise.allSettled([init(local), init(local)]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await shutdown();
  const [first, second] = await Promise.all([
    init({ ...local, ignoreReinitError: true }),
    init({ ...local, ignoreReinitError: true }),
  ]);
  expect(first?.nodeId).toBe(second?.nodeId);
});

test('what was read of an ended session stays readable, the rest says that it ended', async () => {
  await init(local);
  const [done, pending, stored, counter] = [add.remote(1, 2), later.remote(60_000, 1), put({ x: 1 }), Counter.remote()];
  await get([done, counter.increment.remote()]);
  await shutdown();
  expect(await get([done, stored])).toEqual([3, { x: 1 }]);
  await expect(get(pending)).rejects.toThrow(NodeDiedError);
  await expect(nodes()).rejects.toThrow(NotInitializedError);
  await cancel(pending);
  await kill(counter);
  expect(isInitialized()).toBe(false);
  await init(local);
  await expect((async () => get(counter.increment.remote()))()).rejects.toThrow(AktisError);
  await expect((async () => get(add.remote(done, 1)))()).rejects.toThrow(AktisError);
  expect(await get(add.remote(1, 2))).toBe(3);
});

test('aborting the signal of init ends the session; an aborted one starts none', async () => {
  const controller = new AbortController();
  await init({ ...local, signal: controller.signal });
  const pending = get(later.remote(60_000, 1)).catch(error => error);
  controller.abort();
  expect(await pending).toBeInstanceOf(NodeDiedError);
  await shutdown();
  await expect(init({ ...local, signal: AbortSignal.abort() })).rejects.toThrow();
});

test('get leaves no listener on its signal, however it ends', async () => {
  await init(local);
  const { signal } = new AbortController();
  await get(add.remote(1, 2), { signal });
  await expect(get(refuse.remote(), { signal })).rejects.toThrow(RangeError);
  await expect(get(later.remote(1_000, 1), { signal, timeout: 1 })).rejects.toThrow(GetTimeoutError);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test.each([
  { numCpus: -1 },
  { numCpus: '2' },
  { numCpus: 1.5 },
  { bogus: 1 },
  { transport: 'tcp' },
  { objectStoreMemory: -5 },
  { resources: { x: -1 } },
  { resources: { CPU: 3 } },
  { labels: { a: 5 } },
  { signal: 5 },
  { runtimeEnv: { bogus: 1 } },
  { maxActorThreads: 0 },
])('init refuses %p and starts nothing', async options => {
  await expect(init({ includeDashboard: false, ...options } as never)).rejects.toThrow(InvalidOptionError);
  expect(isInitialized()).toBe(false);
});

test('inline gives the same answers in one thread', async () => {
  await init({ ...local, transport: 'inline' });
  expect(await get(add.remote(add.remote(1, 2), put(3)))).toBe(6);
  expect(await get(pair.remote())).toEqual([1, 2]);
  expect(await get(deep.remote(6))).toBe(6);
  expect(await get(nameOfTask.remote())).toBe('nameOfTask');
  await expect(get(refuse.remote())).rejects.toThrow(RangeError);
  await expect(get(functionResult.remote())).rejects.toThrow(SerializationError);
  const value = { a: 1 };
  expect(await get(put(value))).not.toBe(value);
  for await (const ref of stuck.remote()) {
    expect(await get(ref)).toBe(1);
    break;
  }
  expect((await wait([later.remote(1_000, 1), add.remote(1, 1)]))[0]).toHaveLength(1);
  const cancelled = later.remote(60_000, 1);
  await cancel(cancelled);
  await expect(get(cancelled)).rejects.toThrow(TaskCancelledError);
  await expect(get(later.options({ timeout: 20 }).remote(60_000, 1))).rejects.toThrow(TaskTimeoutError);
  const counter = Counter.options({ name: 'inline' }).remote();
  expect(
    await get([counter.increment.remote(), (await getActor<typeof Counter>('inline')).increment.remote()]),
  ).toEqual([1, 2]);
  await kill(counter);
  await expect(get(counter.increment.remote())).rejects.toThrow(ActorDiedError);
  await expect(get(Counter.remote().leave.remote())).rejects.toThrow(ActorDiedError);
});
