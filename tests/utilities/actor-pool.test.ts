import {
  ActorDiedError,
  type ActorHandle,
  ActorPool,
  exitActor,
  GetTimeoutError,
  get,
  init,
  kill,
  PoolUsageError,
  Queue,
  remote,
  shutdown,
  wait,
} from 'aktis';

@remote({ numCpus: 0 })
class Worker {
  #calls = 0;
  double(value: number) {
    this.#calls++;
    return value * 2;
  }
  fail(message: string): never {
    throw new RangeError(message);
  }
  async when(gate: Queue<null>, value: number) {
    await gate.get();
    return value;
  }
  async report(queue: Queue<number>, value: number) {
    await queue.put(value);
  }
  calls() {
    return this.#calls;
  }
  exit() {
    exitActor();
  }
  @remote({ numReturns: 2 }) pair(value: number): [number, string] {
    return [value, String(value)];
  }
}

const useInTask = remote(async function useInTask(values: number[]) {
  const pool = new ActorPool([Worker.remote(), Worker.remote()]);
  const results: number[] = [];
  for await (const result of pool.map((actor, value: number) => actor.double.remote(value), values))
    results.push(result);
  return results;
});

function workers(count: number): ActorHandle<Worker>[] {
  return Array.from({ length: count }, () => Worker.remote());
}

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of results) values.push(value);
  return values;
}

beforeAll(() => init({ numCpus: 2 }));
afterAll(() => shutdown());

test('map gives the results in the order of the values', async () => {
  const pool = new ActorPool(workers(3));
  const values = Array.from({ length: 40 }, (_, i) => i);
  expect(await collect(pool.map((actor, value) => actor.double.remote(value), values))).toEqual(values.map(v => v * 2));
  expect(pool.hasFree()).toBe(true);
  expect(await collect(pool.map((actor, value: number) => actor.double.remote(value), []))).toEqual([]);
});

test('mapUnordered gives the results as they come', async () => {
  const pool = new ActorPool(workers(2));
  const gate = new Queue<null>();
  const results = pool.mapUnordered(
    (actor, value) => (value === 0 ? actor.when.remote(gate, 0) : actor.double.remote(value)),
    [0, 1, 2, 3],
  );
  const values: number[] = [];
  for await (const value of results) {
    values.push(value);
    if (values.length === 3) await gate.put(null);
  }
  expect(values).toEqual([2, 4, 6, 0]);
});

test('map calls the actors at once, each with one call at a time', async () => {
  const actors = workers(2);
  const pool = new ActorPool(actors);
  const results = pool.map((actor, value) => actor.double.remote(value), [1, 2, 3, 4]);
  expect(pool.hasFree()).toBe(false);
  for (let calls = 0; calls < 4; ) {
    calls = (await get(actors.map(actor => actor.calls.remote()))).reduce((sum, n) => sum + n);
  }
  expect(await collect(results)).toEqual([2, 4, 6, 8]);
});

test('two maps on one pool do not mix their results', async () => {
  const pool = new ActorPool(workers(2));
  const double = (values: number[]) => collect(pool.map((actor, value: number) => actor.double.remote(value), values));
  expect(await Promise.all([double([1, 2, 3]), double([10, 20])])).toEqual([
    [2, 4, 6],
    [20, 40],
  ]);
});

test('leaving a map early drops the calls that have not begun', async () => {
  const pool = new ActorPool(workers(1));
  const gate = new Queue<null>();
  await gate.put(null);
  const results = pool.map((one, value) => one.when.remote(gate, value), [1, 2, 3, 4]);
  for await (const value of results) {
    expect(value).toBe(1);
    break;
  }
  await gate.put(null);
  expect(await collect(pool.map((one, value) => one.double.remote(value), [5]))).toEqual([10]);
  expect(await gate.size()).toBe(0);
});

test('submit and getNext give results in the order of submission', async () => {
  const pool = new ActorPool(workers(2));
  expect(pool.hasNext()).toBe(false);
  for (const value of [1, 2, 3]) pool.submit((actor, n: number) => actor.double.remote(n), value);
  expect(pool.hasNext()).toBe(true);
  expect(pool.hasFree()).toBe(false);
  expect(await Promise.all([pool.getNext(), pool.getNext(), pool.getNext()])).toEqual([2, 4, 6]);
  expect(pool.hasNext()).toBe(false);
  expect(pool.hasFree()).toBe(true);
});

test('getNextUnordered gives whichever result is there', async () => {
  const pool = new ActorPool(workers(2));
  const gate = new Queue<null>();
  pool.submit((actor, value: number) => actor.when.remote(gate, value), 1);
  pool.submit((actor, value: number) => actor.double.remote(value), 2);
  expect(await pool.getNextUnordered()).toBe(4);
  const last = pool.getNextUnordered<number>();
  expect(pool.hasNext()).toBe(false);
  await gate.put(null);
  expect(await last).toBe(1);
});

test('what waits is submitted when an actor is free, also when nobody asks for results', async () => {
  const pool = new ActorPool(workers(1));
  const done = new Queue<number>();
  for (const value of [1, 2, 3]) pool.submit((actor, n: number) => actor.report.remote(done, n), value);
  expect([await done.get(), await done.get(), await done.get()]).toEqual([1, 2, 3]);
  expect(pool.hasNext()).toBe(true);
});

test('a result that is not there in time can be asked for again', async () => {
  const pool = new ActorPool(workers(1));
  const gate = new Queue<null>();
  pool.submit((actor, value: number) => actor.when.remote(gate, value), 9);
  await expect(pool.getNext({ timeout: 20 })).rejects.toThrow(GetTimeoutError);
  await expect(pool.getNext({ timeout: 0 })).rejects.toThrow(GetTimeoutError);
  await expect(pool.getNextUnordered({ timeout: 20 })).rejects.toThrow(GetTimeoutError);
  expect(pool.hasNext()).toBe(true);
  await gate.put(null);
  expect(await pool.getNext()).toBe(9);
  expect(pool.hasNext()).toBe(false);
});

test('a failing call does not cost the pool its actor', async () => {
  const pool = new ActorPool(workers(1));
  pool.submit((actor, message: string) => actor.fail.remote(message), 'no');
  pool.submit((actor, value: number) => actor.double.remote(value), 4);
  await expect(pool.getNext()).rejects.toThrow(RangeError);
  expect(await pool.getNext()).toBe(8);
  expect(pool.hasFree()).toBe(true);
  const results = pool.map(
    (actor, value) => (value === 2 ? actor.fail.remote('two') : actor.double.remote(value)),
    [1, 2, 3],
  );
  await expect(collect(results)).rejects.toThrow('two');
  expect(await collect(pool.map((actor, value) => actor.double.remote(value), [5]))).toEqual([10]);
});

test('a function that returns no ref fails its place and not the pool', async () => {
  const pool = new ActorPool(workers(1));
  pool.submit((() => 3) as never, 1);
  pool.submit(() => {
    throw new Error('before the call');
  }, 1);
  await expect(pool.getNext()).rejects.toThrow('must return the ref');
  await expect(pool.getNext()).rejects.toThrow('before the call');
  expect(pool.hasFree()).toBe(true);
});

test('an actor that dies leaves the pool, and the last one takes what waits with it', async () => {
  const [first, second] = [Worker.remote(), Worker.remote()];
  const pool = new ActorPool([first, second]);
  await kill(first);
  const values = [1, 2, 3, 4, 5];
  const outcomes: unknown[] = [];
  for (const value of values) pool.submit((actor, n: number) => actor.double.remote(n), value);
  while (pool.hasNext()) outcomes.push(await pool.getNext().catch(error => error));
  expect(outcomes.filter(outcome => outcome instanceof ActorDiedError)).toHaveLength(1);
  expect(outcomes).toHaveLength(5);
  pool.submit(actor => actor.exit.remote(), null);
  pool.submit((actor, n: number) => actor.double.remote(n), 6);
  await expect(pool.getNext()).rejects.toThrow(ActorDiedError);
  await expect(pool.getNext()).rejects.toThrow(ActorDiedError);
  expect(pool.hasFree()).toBe(false);
});

test('actors can be taken out and put in', async () => {
  const [first, second] = [Worker.remote(), Worker.remote()];
  const pool = new ActorPool([first]);
  pool.submit((actor, n: number) => actor.double.remote(n), 1);
  expect(pool.popIdle()).toBeUndefined();
  expect(() => pool.push(first)).toThrow(PoolUsageError);
  await pool.getNext();
  expect(pool.popIdle()).toBe(first);
  expect(pool.hasFree()).toBe(false);
  expect(pool.popIdle()).toBeUndefined();
  pool.submit((actor, n: number) => actor.double.remote(n), 2);
  pool.push(second);
  expect(await pool.getNext()).toBe(4);
  pool.push(first);
  expect(pool.hasFree()).toBe(true);
});

test('results that nobody took are forgotten by map', async () => {
  const pool = new ActorPool(workers(2));
  pool.submit((actor, n: number) => actor.double.remote(n), 100);
  expect(await collect(pool.map((actor, value) => actor.double.remote(value), [1, 2]))).toEqual([2, 4]);
  expect(pool.hasNext()).toBe(false);
});

test('calls with several returns give all of them', async () => {
  const pool = new ActorPool(workers(1));
  expect(await collect(pool.map((actor, value) => actor.pair.remote(value), [3]))).toEqual([[3, '3']]);
});

test('misuse is an error that says what to do', async () => {
  const pool = new ActorPool(workers(2));
  await expect(pool.getNext()).rejects.toThrow(PoolUsageError);
  await expect(pool.getNextUnordered()).rejects.toThrow('submit() first');
  const gate = new Queue<null>();
  pool.submit((actor, value: number) => actor.when.remote(gate, value), 1);
  pool.submit((actor, value: number) => actor.double.remote(value), 2);
  expect(await pool.getNextUnordered()).toBe(4);
  await expect(pool.getNext()).rejects.toThrow('after getNextUnordered()');
  await gate.put(null);
  expect(await pool.getNextUnordered()).toBe(1);
  pool.submit((actor, value: number) => actor.double.remote(value), 3);
  expect(await pool.getNext()).toBe(6);
  expect(() => new ActorPool([{}])).toThrow(TypeError);
  const none = new ActorPool<ActorHandle<Worker>>([]);
  expect(() => none.map((actor, n: number) => actor.double.remote(n), [1])).toThrow(PoolUsageError);
  none.submit((actor, n: number) => actor.double.remote(n), 1);
  await expect(none.getNext()).rejects.toThrow('no actors');
});

test('a pool works inside a task', async () => {
  const ref = useInTask.remote([1, 2, 3]);
  const [ready] = await wait([ref]);
  expect(await get(ready)).toEqual([[2, 4, 6]]);
});
