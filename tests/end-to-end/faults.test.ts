import {
  ActorDiedError,
  AktisError,
  get,
  init,
  ModuleLoadError,
  NodeDiedError,
  OutOfMemoryError,
  put,
  remote,
  runtimeContext,
  shutdown,
  WorkerDiedError,
} from 'aktis';

const exit = remote(function exit() {
  process.exit(3);
});
const eat = remote(
  function eat() {
    const eaten: number[][] = [];
    for (;;) eaten.push(new Array(100_000).fill(Math.random()));
  },
  { maxRetries: 0, runtimeEnv: { resourceLimits: { maxOldGenerationSizeMb: 40 } } },
);
const throwLater = remote(
  async function throwLater() {
    setTimeout(() => {
      throw new Error('nobody catches this');
    }, 1);
    await new Promise(resolve => setTimeout(resolve, 10_000));
  },
  { maxRetries: 0 },
);
const spin = remote(function spin() {
  for (;;);
});
const wait = remote(async function wait() {
  await new Promise(resolve => runtimeContext().signal.addEventListener('abort', resolve));
});
const one = remote(function one() {
  return 1;
});

@remote()
class Hungry {
  eat() {
    const eaten: number[][] = [];
    for (;;) eaten.push(new Array(100_000).fill(Math.random()));
  }
  hello() {
    return 'hello';
  }
}

afterEach(() => shutdown());

test('process.exit in a task takes only that task, after its retries', async () => {
  await init({ numCpus: 2 });
  const others = Array.from({ length: 50 }, () => one.remote());
  await expect(get(exit.options({ maxRetries: 1 }).remote())).rejects.toThrow(WorkerDiedError);
  await expect(get(exit.options({ maxRetries: 0 }).remote())).rejects.toThrow(/code 3/);
  expect(await get(others)).toEqual(others.map(() => 1));
});

test('a worker that runs out of memory says so', async () => {
  await init({ numCpus: 2 });
  await expect(get(eat.remote())).rejects.toThrow(OutOfMemoryError);
  const hungry = Hungry.options({ runtimeEnv: { resourceLimits: { maxOldGenerationSizeMb: 40 } } }).remote();
  const error = await get(hungry.eat.remote()).catch(e => e);
  expect(error).toBeInstanceOf(ActorDiedError);
  expect(error.cause).toBeInstanceOf(OutOfMemoryError);
  expect(await get(one.remote())).toBe(1);
});

test('an exception nobody catches ends the worker, with the reason', async () => {
  await init({ numCpus: 1 });
  await expect(get(throwLater.remote())).rejects.toThrow(/nobody catches this/);
  expect(await get(one.remote())).toBe(1);
});

test('shutdown rejects everything that is pending, running or queued', async () => {
  await init({ numCpus: 1 });
  const hungry = Hungry.remote();
  await get(hungry.hello.remote());
  const refs = [spin.remote(), wait.remote(), one.remote(), hungry.eat.remote(), hungry.hello.remote()];
  const settled = Promise.allSettled(refs.map(ref => get(ref as never)));
  await shutdown();
  for (const result of await settled) {
    expect(result.status).toBe('rejected');
    expect((result as PromiseRejectedResult).reason).toBeInstanceOf(NodeDiedError);
  }
});

test('shutdown is idempotent, and a new session starts afresh', async () => {
  await init({ numCpus: 1 });
  await Promise.all([shutdown(), shutdown()]);
  await shutdown();
  await init({ numCpus: 1 });
  expect(await get(one.remote())).toBe(1);
});

test('init twice is an error unless it may be ignored', async () => {
  const session = await init({ numCpus: 1 });
  await expect(init()).rejects.toThrow(AktisError);
  expect((await init({ ignoreReinitError: true })).nodeId).toBe(session.nodeId);
});

test('calls before init start a session by themselves', async () => {
  expect(await get(one.remote())).toBe(1);
  expect(await get(put(2))).toBe(2);
});

test('aborting the signal of init ends the session', async () => {
  const controller = new AbortController();
  await init({ numCpus: 1, signal: controller.signal });
  const pending = get(wait.remote());
  controller.abort();
  await expect(pending).rejects.toThrow(/signal/);
});

test('a setup module that throws fails the work with ModuleLoadError', async () => {
  await init({ numCpus: 1, runtimeEnv: { setup: new URL('../fixtures/broken-setup.mjs', import.meta.url).href } });
  await expect(get(one.remote())).rejects.toThrow(ModuleLoadError);
});

test('inline runs everything in this thread', async () => {
  await init({ transport: 'inline' });
  expect(await get(one.remote())).toBe(1);
  const hungry = Hungry.remote();
  expect(await get(hungry.hello.remote())).toBe('hello');
});

test('when the memory of the machine runs out, running work is stopped and says why', async () => {
  process.env.AKTIS_MEMORY_USAGE_THRESHOLD = '1e-6';
  try {
    await init({ numCpus: 1, logToDriver: false });
  } finally {
    delete process.env.AKTIS_MEMORY_USAGE_THRESHOLD;
  }
  const error = await get(wait.options({ maxRetries: 1 }).remote()).catch(error => error);
  expect(error).toBeInstanceOf(OutOfMemoryError);
  expect(error.message).toMatch(/^wait was running on worker \w+, which was stopped because the machine's memory was/);
  expect(error.message).toContain('AKTIS_MEMORY_USAGE_THRESHOLD');
});
