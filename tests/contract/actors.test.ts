import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ActorDeadlockError,
  ActorDiedError,
  type ActorHandle,
  ActorNotFoundError,
  ActorUnavailableError,
  availableResources,
  cancel,
  exitActor,
  get,
  getActor,
  InvalidOptionError,
  init,
  kill,
  NameTakenError,
  PendingCallsLimitError,
  put,
  remote,
  runtimeContext,
  shutdown,
  TaskCancelledError,
  wait,
} from 'aktis';

const directory = mkdtempSync(join(tmpdir(), 'aktis-contract-'));
let files = 0;
const newFile = () => join(directory, `${files++}`);

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
    await new Promise(resolve => setTimeout(resolve, milliseconds));
    return this.#value;
  }
  echo<T>(value: T) {
    return value;
  }
  exit(code: number): void {
    process.exit(code);
  }
  leave(): void {
    exitActor();
  }
  spin(): void {
    for (;;);
  }
  itself() {
    return runtimeContext().currentActor as ActorHandle<Counter>;
  }
  async incrementOf(other: ActorHandle<Counter>) {
    return get(other.increment.remote());
  }
  async backThrough(other: ActorHandle<Counter>, self: ActorHandle<Counter>) {
    return get(other.incrementOf.remote(self));
  }
  async throughATask() {
    return get(incrementOf.remote(this.itself()));
  }
  async waitForItself() {
    return (await wait([this.itself().increment.remote()]))[0].length;
  }
  /** Counts its attempts in `file`; the first two fail as `how` says. */
  attempt(file: string, how: 'exit' | 'throw' | 'work') {
    appendFileSync(file, 'x');
    const attempts = readFileSync(file, 'utf8').length;
    if (attempts < 3 && how === 'exit') process.exit(9);
    if (attempts < 3 && how === 'throw') throw new RangeError(`attempt ${attempts}`);
    return attempts;
  }
  context() {
    const { actorName, namespace, wasRestarted, workerId } = runtimeContext();
    return { actorName, namespace, wasRestarted, workerId };
  }
  _underscored() {
    return '_';
  }
  'with a space'() {
    return 'space';
  }
  get notAMethod() {
    return 1;
  }
}

@remote()
class Log {
  readonly #lines: unknown[] = [];
  add(line: unknown) {
    this.#lines.push(line);
  }
  all() {
    return this.#lines;
  }
}

@remote()
class Farewell {
  readonly #file: string;
  constructor(file: string) {
    this.#file = file;
  }
  hello() {
    return 'hello';
  }
  leave(): void {
    exitActor();
  }
  onStop() {
    appendFileSync(this.#file, 'stopped');
  }
}

async function callUntilRefused(counter: ActorHandle<Counter>) {
  const calls = [];
  try {
    for (let i = 0; i < 5; i++) calls.push(counter.slowly.remote(20));
    return 'never refused';
  } catch (error) {
    return [error instanceof PendingCallsLimitError, calls.length];
  } finally {
    await get(calls);
  }
}
const overload = remote(async function overload(counter: ActorHandle<Counter>) {
  return callUntilRefused(counter);
});
const incrementOf = remote(async function incrementOf(counter: ActorHandle<Counter>) {
  return get(counter.increment.remote());
});
const make = remote(function make() {
  return Counter.remote(100);
});
const findAndIncrement = remote(async function findAndIncrement(name: string) {
  return get((await getActor<typeof Counter>(name)).increment.remote());
});
const killIt = remote(async function killIt(counter: ActorHandle<Counter>) {
  await kill(counter);
});
const logMany = remote(async function logMany(log: ActorHandle<Log>, who: string, count: number) {
  await get(Array.from({ length: count }, (_, i) => log.add.remote([who, i])));
});
const later = remote(async function later<T>(milliseconds: number, value: T) {
  await new Promise(resolve => setTimeout(resolve, milliseconds));
  return value;
});
const fail = remote(function fail(): number {
  throw new RangeError('no argument');
});

beforeAll(async () => {
  await init({ numCpus: 2, maxActorThreads: 2, includeDashboard: false });
});
afterAll(async () => {
  await shutdown();
  rmSync(directory, { recursive: true });
});

async function untilExists(file: string) {
  while (!existsSync(file)) await new Promise(resolve => setTimeout(resolve, 5));
}

test('a handle offers the methods, whatever their names, and is no promise', async () => {
  const counter = Counter.remote();
  expect(await (async () => counter)()).toBe(counter);
  expect(await get([counter._underscored.remote(), counter['with a space'].remote()])).toEqual(['_', 'space']);
  expect((counter as unknown as { notAMethod: unknown }).notAMethod).toBeUndefined();
});

test('a handle that went around is the same handle', async () => {
  const counter = Counter.remote();
  const back = await get(counter.echo.remote({ counter, map: new Map([['it', counter]]) }));
  expect(back.counter).toBe(counter);
  expect(back.map.get('it')).toBe(counter);
  expect(await get(put(counter))).toBe(counter);
  expect(await get((await get(counter.itself.remote())).increment.remote())).toBe(1);
});

test('an actor made by a task lives as long as somebody has its handle', async () => {
  const counter = await get(make.remote());
  expect(await get(counter.increment.remote())).toBe(101);
});

test('a failed argument of the constructor ends the actor, one of a method only that call', async () => {
  const error = await get(Counter.remote(fail.remote()).increment.remote()).catch(e => e);
  expect(error).toBeInstanceOf(ActorDiedError);
  expect(error.cause).toBeInstanceOf(RangeError);
  const counter = Counter.remote(1);
  await expect(get(counter.increment.remote(fail.remote()))).rejects.toThrow(RangeError);
  expect(await get(counter.increment.remote())).toBe(2);
});

test('each caller keeps its order, waiting for arguments included', async () => {
  const log = Log.remote();
  await get([log.add.remote(later.remote(30, 'a')), log.add.remote('b'), log.add.remote(later.remote(1, 'c'))]);
  expect(await get(log.all.remote())).toEqual(['a', 'b', 'c']);
  const shared = Log.remote();
  await get([logMany.remote(shared, 'x', 200), logMany.remote(shared, 'y', 200)]);
  const lines = (await get(shared.all.remote())) as [string, number][];
  for (const who of ['x', 'y']) {
    expect(lines.filter(line => line[0] === who).map(line => line[1])).toEqual(
      Array.from({ length: 200 }, (_, i) => i),
    );
  }
});

test('waiting in a circle is refused: through two actors, through a task, with wait, from both sides', async () => {
  const [a, b] = [Counter.remote(), Counter.remote()];
  await expect(get(a.backThrough.remote(b, a))).rejects.toThrow(ActorDeadlockError);
  await expect(get(a.throughATask.remote())).rejects.toThrow(ActorDeadlockError);
  await expect(get(a.waitForItself.remote())).rejects.toThrow(ActorDeadlockError);
  for (let round = 0; round < 10; round++) {
    const outcomes = await Promise.allSettled([get(a.incrementOf.remote(b)), get(b.incrementOf.remote(a))]);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ActorDeadlockError);
  }
  await get([a.increment.remote(), b.increment.remote()]);
});

test('maxPendingCalls holds for the driver and for tasks, counting the running call', async () => {
  const counter = Counter.options({ maxPendingCalls: 2 }).remote();
  expect(await callUntilRefused(counter)).toEqual([true, 2]);
  expect(await get(overload.remote(counter))).toEqual([true, 2]);
});

test('endless restarts, each with the first arguments', async () => {
  const counter = Counter.options({ maxRestarts: -1 }).remote(5);
  for (let i = 0; i < 3; i++) {
    await expect(get(counter.exit.remote(1))).rejects.toThrow(ActorUnavailableError);
    expect(await get(counter.increment.remote())).toBe(6);
  }
  expect((await get(counter.context.remote())).wasRestarted).toBe(true);
});

test('calls that waited in the queue run after the restart, in order', async () => {
  const counter = Counter.options({ maxRestarts: 1 }).remote();
  await get(counter.increment.remote());
  const crash = counter.exit.remote(1);
  const queued = Array.from({ length: 20 }, () => counter.increment.remote());
  await expect(get(crash)).rejects.toThrow(ActorUnavailableError);
  expect(await get(queued)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});

test('maxTaskRetries repeats a call its actor died in, and no more often', async () => {
  const enough = newFile();
  expect(
    await get(Counter.options({ maxRestarts: 5, maxTaskRetries: 5 }).remote().attempt.remote(enough, 'exit')),
  ).toBe(3);
  const tooFew = newFile();
  const counter = Counter.options({ maxRestarts: 5, maxTaskRetries: 1 }).remote();
  await expect(get(counter.attempt.remote(tooFew, 'exit'))).rejects.toThrow(ActorUnavailableError);
  expect(readFileSync(tooFew, 'utf8')).toHaveLength(2);
});

test('retryExceptions of a method repeats what is listed only', async () => {
  const counter = Counter.remote();
  const { attempt } = counter;
  expect(
    await get(attempt.options({ retryExceptions: [RangeError], maxTaskRetries: 3 }).remote(newFile(), 'throw')),
  ).toBe(3);
  expect(await get(attempt.options({ retryExceptions: true, maxTaskRetries: 3 }).remote(newFile(), 'throw'))).toBe(3);
  for (const call of [attempt.options({ retryExceptions: [TypeError], maxTaskRetries: 3 }), attempt]) {
    const file = newFile();
    await expect(get(call.remote(file, 'throw'))).rejects.toThrow(RangeError);
    expect(readFileSync(file, 'utf8')).toHaveLength(1);
  }
});

test('exitActor is final, also with restarts left', async () => {
  const counter = Counter.options({ maxRestarts: 5 }).remote();
  await expect(get(counter.leave.remote())).rejects.toThrow(ActorDiedError);
  await expect(get(counter.increment.remote())).rejects.toThrow(ActorDiedError);
  expect(() => exitActor()).toThrow(/outside/);
  const named = Counter.options({ name: 'leaver' }).remote();
  await expect(get(named.leave.remote())).rejects.toThrow(ActorDiedError);
  expect(await get(Counter.options({ name: 'leaver' }).remote().increment.remote())).toBe(1);
  expect(() => named.increment.options({ concurrencyGroup: 'nowhere' }).remote()).toThrow(InvalidOptionError);
});

test('onStop runs at exitActor, not at kill', async () => {
  const [left, killed] = [newFile(), newFile()];
  await expect(get(Farewell.remote(left).leave.remote())).rejects.toThrow(ActorDiedError);
  const victim = Farewell.remote(killed);
  await get(victim.hello.remote());
  await kill(victim);
  await untilExists(left);
  expect(existsSync(killed)).toBe(false);
});

test('kill may be repeated, come first, or come from a task; what is no handle is refused', async () => {
  const early = Counter.remote();
  const calls = [early.increment.remote(), early.increment.remote()];
  await kill(early);
  await kill(early);
  for (const call of calls) await expect(get(call)).rejects.toThrow(ActorDiedError);
  const counter = Counter.remote();
  const running = counter.slowly.remote(60_000);
  await get(killIt.remote(counter));
  await expect(get(running)).rejects.toThrow(ActorDiedError);
  for (const value of [null, 5, put(1), Counter]) await expect(kill(value as never)).rejects.toThrow(TypeError);
  await expect(kill(counter, { bogus: 1 } as never)).rejects.toThrow(InvalidOptionError);
});

test('what an actor returned outlives it', async () => {
  const counter = Counter.remote();
  const ref = counter.echo.remote({ kept: 'x'.repeat(1000) });
  await get(ref);
  await kill(counter);
  expect((await get(ref)).kept).toHaveLength(1000);
});

test('names live in namespaces, are found by tasks, and are free again', async () => {
  const inside = Counter.options({ name: 'same', namespace: 'inside' }).remote(1);
  await expect(getActor('same')).rejects.toThrow(ActorNotFoundError);
  const outside = Counter.options({ name: 'same' }).remote(10);
  expect(await get((await getActor<typeof Counter>('same', { namespace: 'inside' })).increment.remote())).toBe(2);
  expect(await get(findAndIncrement.remote('same'))).toBe(11);
  expect((await get(inside.context.remote())).namespace).toBe('inside');
  const second = Counter.options({ name: 'same' }).remote();
  for (const call of [second.increment.remote(), second.slowly.remote(1)])
    await expect(get(call)).rejects.toThrow(NameTakenError);
  await kill(outside);
  await expect(getActor('same')).rejects.toThrow(ActorNotFoundError);
  expect(await get(Counter.options({ name: 'same' }).remote(20).increment.remote())).toBe(21);
});

test('getIfExists asked five times at once makes one actor', async () => {
  const counters = Array.from({ length: 5 }, () => Counter.options({ name: 'only', getIfExists: true }).remote());
  expect((await get(counters.map(counter => counter.increment.remote()))).sort()).toEqual([1, 2, 3, 4, 5]);
});

test('options of a copy leave the original alone', async () => {
  Counter.options({ name: 'copy' }).options({ numCpus: 0 });
  expect((await get(Counter.remote().context.remote())).actorName).toBeUndefined();
});

test('a cancelled call that waits is dropped; the actor goes on', async () => {
  const counter = Counter.remote();
  const running = counter.slowly.remote(30);
  const waiting = counter.increment.remote(1000);
  await cancel(waiting);
  await expect(get(waiting)).rejects.toThrow(TaskCancelledError);
  expect(await get([running, counter.increment.remote()])).toEqual([0, 1]);
});

test('three hundred actors share two threads, and killing one harms no other', async () => {
  const counters = Array.from({ length: 300 }, (_, i) => Counter.remote(i));
  const contexts = await get(counters.map(counter => counter.context.remote()));
  expect(new Set(contexts.map(({ workerId }) => workerId)).size).toBeLessThanOrEqual(2);
  await kill(counters[7] as ActorHandle<Counter>);
  const outcomes = await Promise.allSettled(counters.map(counter => get(counter.increment.remote())));
  for (const [i, outcome] of outcomes.entries()) {
    expect(outcome.status === 'fulfilled' ? outcome.value : 'killed').toBe(i === 7 ? 'killed' : i + 1);
  }
});

test('a call that outlives its actor on a shared thread leaves no CPU taken', async () => {
  const counters = Array.from({ length: 12 }, () => Counter.options({ maxRestarts: 1 }).remote());
  const threads = (await get(counters.map(counter => counter.context.remote()))).map(({ workerId }) => workerId);
  const first = counters[0] as ActorHandle<Counter>;
  // It comes back on the other thread: there are fewer.
  const others = counters.filter((_, i) => threads[i] !== threads[0]);
  await Promise.all(others.slice(1).map(counter => kill(counter)));
  const running = first.slowly.remote(300);
  await expect(get(running, { timeout: 50 })).rejects.toThrow(/not ready/);
  await kill(first, { noRestart: false });
  await expect(get(running)).rejects.toThrow(ActorDiedError);
  expect((await get(first.context.remote())).workerId).not.toBe(threads[0]);
  await new Promise(resolve => setTimeout(resolve, 400));
  const alone = counters.find((_, i) => i > 0 && threads[i] === threads[0]) as ActorHandle<Counter>;
  expect(await get([first, alone].map(counter => counter.increment.remote()))).toEqual([1, 1]);
  while ((await availableResources()).CPU !== 2) await new Promise(resolve => setTimeout(resolve, 10));
});

test('killing an actor that spins leaves nobody waiting, and room for new ones', async () => {
  const counters = Array.from({ length: 20 }, () => Counter.remote());
  await get(counters.map(counter => counter.increment.remote()));
  const spinning = counters[0]?.spin.remote() as NonNullable<ReturnType<ActorHandle<Counter>['spin']['remote']>>;
  await expect(get(spinning, { timeout: 30 })).rejects.toThrow(/not ready/);
  await kill(counters[0] as ActorHandle<Counter>);
  await expect(get(spinning)).rejects.toThrow(ActorDiedError);
  const outcomes = await Promise.allSettled(counters.map(counter => get(counter.increment.remote())));
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ActorDiedError);
  expect(await get(Array.from({ length: 4 }, () => Counter.remote().increment.remote()))).toEqual([1, 1, 1, 1]);
});
