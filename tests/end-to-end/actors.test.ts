import {
  ActorDeadlockError,
  ActorDiedError,
  type ActorHandle,
  ActorNotFoundError,
  ActorUnavailableError,
  exitActor,
  get,
  getActor,
  init,
  kill,
  NameTakenError,
  PendingCallsLimitError,
  remote,
  runtimeContext,
  shutdown,
} from 'aktis';

@remote()
class Counter {
  #value: number;
  constructor(start = 0) {
    this.#value = start;
  }
  increment(by = 1) {
    return (this.#value += by);
  }
  async slowly(milliseconds: number) {
    const before = this.#value;
    await new Promise(resolve => setTimeout(resolve, milliseconds));
    this.#value = before + 1;
    return this.#value;
  }
  @remote({ numReturns: 2 }) pair(): [number, string] {
    return [this.#value, 'a'];
  }
  *upTo(n: number) {
    for (let i = 0; i < n; i++) yield i;
  }
  refuse(): number {
    throw new RangeError('no');
  }
  crash(): void {
    process.exit(5);
  }
  spin(): void {
    for (;;);
  }
  leave(): void {
    exitActor();
  }
  async callItself() {
    const self = runtimeContext().currentActor as ActorHandle<Counter>;
    return get(self.increment.remote());
  }
  where() {
    const { actorId, actorName, wasRestarted, workerId } = runtimeContext();
    return { actorId, actorName, wasRestarted, workerId };
  }
}

@remote()
class Broken {
  constructor() {
    throw new Error('cannot be built');
  }
  hello() {
    return 1;
  }
}

@remote()
class Base {
  hello() {
    return 'base';
  }
}
class Derived extends Base {}

@remote({ maxConcurrency: 3 })
class Concurrent {
  #running = 0;
  #most = 0;
  async work() {
    this.#most = Math.max(this.#most, ++this.#running);
    await new Promise(resolve => setTimeout(resolve, 20));
    this.#running--;
    return this.#most;
  }
}

@remote({ concurrencyGroups: { io: 2 } })
class Grouped {
  @remote({ concurrencyGroup: 'io' }) async io() {
    await new Promise(resolve => setTimeout(resolve, 50));
    return 'io';
  }
  compute() {
    return 'compute';
  }
}

const call = remote(async function call(counter: ActorHandle<Counter>) {
  return get(counter.increment.remote(100));
});
const later = remote(async function later(value: number) {
  await new Promise(resolve => setTimeout(resolve, 50));
  return value;
});

beforeAll(async () => {
  await init({ numCpus: 2 });
});
afterAll(() => shutdown());

test('an actor keeps its state between calls', async () => {
  const counter = Counter.remote(10);
  expect(await get([counter.increment.remote(), counter.increment.remote(5)])).toEqual([11, 16]);
});

test('the decorated class still works here', () => {
  expect(new Counter(1).increment()).toBe(2);
});

test('constructor arguments may be refs', async () => {
  const counter = Counter.remote(later.remote(7));
  expect(await get(counter.increment.remote())).toBe(8);
});

test('calls run one at a time, also async ones', async () => {
  const counter = Counter.remote();
  expect(await get([counter.slowly.remote(30), counter.slowly.remote(1)])).toEqual([1, 2]);
});

test('calls of one caller keep their order, waiting for arguments included', async () => {
  const counter = Counter.remote();
  const first = counter.increment.remote(later.remote(10));
  const second = counter.increment.remote(1);
  expect(await get([first, second])).toEqual([10, 11]);
});

test('handles travel to tasks and name the same actor', async () => {
  const counter = Counter.remote();
  expect(await get(call.remote(counter))).toBe(100);
  expect(await get(counter.increment.remote())).toBe(101);
});

test('methods may have several returns, be generators, and throw', async () => {
  const counter = Counter.remote(3);
  const [number, text] = counter.pair.remote();
  expect(await get([number, text])).toEqual([3, 'a']);
  expect(await get(counter.upTo.remote(3))).toEqual([0, 1, 2]);
  await expect(get(counter.refuse.remote())).rejects.toThrow(RangeError);
  expect(await get(counter.increment.remote())).toBe(4);
});

test('a handle has the methods of the class and nothing else', () => {
  const counter = Counter.remote() as unknown as Record<string, unknown>;
  expect(counter.then).toBeUndefined();
  expect(counter.nothing).toBeUndefined();
});

test('kill rejects running and queued calls, even of a busy loop', async () => {
  const counter = Counter.remote();
  await get(counter.increment.remote());
  const running = counter.spin.remote();
  const queued = counter.increment.remote();
  await kill(counter);
  await expect(get(running)).rejects.toThrow(ActorDiedError);
  await expect(get(queued)).rejects.toThrow(ActorDiedError);
  await expect(get(counter.increment.remote())).rejects.toThrow(/kill/);
});

test('a constructor that throws gives ActorDiedError with the cause', async () => {
  const error = await get(Broken.remote().hello.remote()).catch(e => e);
  expect(error).toBeInstanceOf(ActorDiedError);
  expect(error.message).toMatch(/cannot be built/);
  expect(error.cause).toBeInstanceOf(Error);
});

test('an actor with restarts left comes back; the call in flight may or may not have run', async () => {
  const counter = Counter.options({ maxRestarts: 1 }).remote(5);
  await get(counter.increment.remote());
  const queued = counter.crash.remote();
  await expect(get(queued)).rejects.toThrow(ActorUnavailableError);
  expect(await get(counter.increment.remote())).toBe(6);
  expect(await get(counter.where.remote())).toMatchObject({ wasRestarted: true });
  await expect(get(counter.crash.remote())).rejects.toThrow(ActorDiedError);
  await expect(get(counter.increment.remote())).rejects.toThrow(/code 5/);
});

test('kill without noRestart starts it again', async () => {
  const counter = Counter.options({ maxRestarts: 1 }).remote(5);
  await get(counter.increment.remote());
  await kill(counter, { noRestart: false });
  expect(await get(counter.increment.remote())).toBe(6);
});

test('exitActor ends the actor: that call and queued ones reject', async () => {
  const counter = Counter.remote();
  const leaving = counter.leave.remote();
  const queued = counter.increment.remote();
  await expect(get(leaving)).rejects.toThrow(ActorDiedError);
  await expect(get(queued)).rejects.toThrow(/exitActor/);
});

test('a method that waits for its own actor gets ActorDeadlockError', async () => {
  const counter = Counter.remote();
  await expect(get(counter.callItself.remote())).rejects.toThrow(ActorDeadlockError);
  expect(await get(counter.increment.remote())).toBeGreaterThan(0);
});

test('named actors are found, close names are offered, taken names are refused', async () => {
  const hits = Counter.options({ name: 'hits' }).remote(1);
  expect(await get((await getActor<typeof Counter>('hits')).increment.remote())).toBe(2);
  await expect(getActor('hit')).rejects.toThrow(ActorNotFoundError);
  await expect(getActor('hit')).rejects.toThrow(/hits/);
  await expect(get(Counter.options({ name: 'hits' }).remote().increment.remote())).rejects.toThrow(NameTakenError);
  const same = Counter.options({ name: 'hits', getIfExists: true }).remote();
  expect(await get(same.increment.remote())).toBe(3);
  expect(await get(hits.where.remote())).toMatchObject({ actorName: 'hits' });
  await getActor('hits', { namespace: 'elsewhere' }).then(
    () => expect('found').toBe('not found'),
    error => expect(error).toBeInstanceOf(ActorNotFoundError),
  );
});

test('maxConcurrency lets so many calls run at once', async () => {
  const actor = Concurrent.remote();
  expect(Math.max(...(await get(Array.from({ length: 6 }, () => actor.work.remote()))))).toBe(3);
});

test('concurrency groups do not wait for each other', async () => {
  const actor = Grouped.remote();
  const io = actor.io.remote();
  expect(await get(actor.compute.remote())).toBe('compute');
  expect(await get(io)).toBe('io');
});

test('more unfinished calls than maxPendingCalls throw', async () => {
  const counter = Counter.options({ maxPendingCalls: 2 }).remote();
  const calls = [counter.slowly.remote(50), counter.increment.remote()];
  expect(() => counter.increment.remote()).toThrow(PendingCallsLimitError);
  await get(calls);
  expect(await get(counter.increment.remote())).toBe(3);
});

test('a subclass must be decorated too', () => {
  expect(() => Derived.remote()).toThrow(/not decorated/);
});

test('method options can be laid over for one call', async () => {
  const counter = Counter.remote();
  await expect(get(counter.slowly.options({ timeout: 20 }).remote(2000))).rejects.toThrow(/timeout of 20 ms/);
});
