import {
  get,
  InvalidOptionError,
  init,
  type ObjectRef,
  Pool,
  PoolUsageError,
  put,
  Queue,
  register,
  remote,
  runtimeContext,
  shutdown,
  TaskCancelledError,
} from 'aktis';

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}
register(Point, 'pool.test.Point');

const square = remote(function square(x: number) {
  return x * x;
});
const power = remote(async function power(base: number, exponent = 2) {
  return base ** exponent;
});
const swap = remote(function swap({ x, y }: Point) {
  return new Point(y, x);
});
const failAt = remote(function failAt(x: number) {
  if (x === 3) throw new RangeError(`no ${x}`);
  return x;
});
const taskOf = remote(function taskOf(_: number) {
  const { taskId, taskName } = runtimeContext();
  return `${taskName} ${taskId}`;
});
const follow = remote(async function follow(ref: ObjectRef<number>) {
  return (await get(ref)) + 1;
});
const announce = remote(async function announce(job: { at: number; running: Queue<number>; go: Queue<null> }) {
  await job.running.put(job.at);
  await job.go.get();
  return job.at;
});
const spin = remote(async function spin(started: Queue<string>) {
  await started.put('started');
  for (;;);
});
const numbers = remote(function* numbers(n: number) {
  yield n;
});
const flaky = remote(
  function flaky(x: number) {
    if (!Number.isInteger(x)) return x;
    throw new RangeError('not yet');
  },
  { retryExceptions: [RangeError], maxRetries: 1 },
);
const nested = remote(async function nested(values: number[]) {
  await using pool = new Pool(2);
  return await pool.map(square, values);
});
function undecorated(x: number) {
  return x;
}

@remote()
class Calculator {
  @remote() static triple(x: number) {
    return x * 3;
  }
}

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of results) values.push(value);
  return values;
}

beforeAll(() => init({ numCpus: 2 }));
afterAll(() => shutdown());

test('map gives the results in the order of the items', async () => {
  const pool = new Pool();
  const items = Array.from({ length: 1000 }, (_, i) => i);
  expect(await pool.map(square, items)).toEqual(items.map(x => x * x));
  expect(await pool.map(square, new Set([1, 2, 3]), { chunkSize: 2 })).toEqual([1, 4, 9]);
  expect(await pool.map(square, [])).toEqual([]);
  expect(await pool.map(power, [3])).toEqual([9]);
  expect(await pool.map(Calculator.triple, [1, 2])).toEqual([3, 6]);
});

test('starmap spreads each item over the arguments, apply makes one call', async () => {
  const pool = new Pool(2);
  expect(
    await pool.starmap(power, [
      [2, 3],
      [3, 2],
    ]),
  ).toEqual([8, 9]);
  expect(await pool.apply(power, [2, 10])).toBe(1024);
});

test('a chunk is one call, named after the function', async () => {
  const pool = new Pool(2);
  const seen = await pool.map(taskOf, [1, 2, 3, 4, 5], { chunkSize: 2 });
  expect(seen[0]).toMatch(/^taskOf /);
  expect(new Set(seen).size).toBe(3);
  expect([seen[0] === seen[1], seen[2] === seen[3], seen[3] === seen[4]]).toEqual([true, true, false]);
});

test('no more calls run at a time than the pool has places', async () => {
  const pool = new Pool(2);
  const [running, go] = [new Queue<number>(), new Queue<null>()];
  const jobs = [0, 1, 2, 3].map(at => ({ at, running, go }));
  const results = pool.map(announce, jobs, { chunkSize: 1 });
  await running.get();
  await running.get();
  await expect(running.get({ timeout: 200 })).rejects.toThrow();
  await go.putNowaitBatch([null, null, null, null]);
  expect(await results).toEqual([0, 1, 2, 3]);
});

test('imap gives results in order as they come, from items that may be endless', async () => {
  const pool = new Pool(2);
  let taken = 0;
  function* endless() {
    for (;;) yield taken++;
  }
  const first: number[] = [];
  for await (const value of pool.imap(square, endless(), { chunkSize: 3 })) {
    first.push(value);
    if (first.length === 10) break;
  }
  expect(first).toEqual([0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);
  expect(taken).toBeLessThan(40);
});

test('imap does not hold back results while the next item has not come', async () => {
  const pool = new Pool(2);
  let more = () => {};
  const later = new Promise<void>(resolve => {
    more = resolve;
  });
  async function* slow() {
    yield 5;
    await later;
    yield 6;
  }
  const results = pool.imap(square, slow());
  expect((await results.next()).value).toBe(25);
  more();
  expect(await collect(results)).toEqual([36]);
});

test('imapUnordered gives results as they come', async () => {
  const pool = new Pool(2);
  const running = new Queue<number>();
  const gates = [new Queue<null>(), new Queue<null>()];
  const results = pool.imapUnordered(
    announce,
    gates.map((go, at) => ({ at, running, go })),
  );
  const first = results.next();
  await gates[1]?.put(null);
  expect((await first).value).toBe(1);
  await gates[0]?.put(null);
  expect(await collect(results)).toEqual([0]);
});

test('the first item that fails rejects the whole, and the pool goes on', async () => {
  const pool = new Pool(2);
  await expect(pool.map(failAt, [1, 2, 3, 4])).rejects.toThrow(RangeError);
  const results = pool.imap(failAt, [1, 2, 3, 4]);
  expect((await results.next()).value).toBe(1);
  expect((await results.next()).value).toBe(2);
  await expect(results.next()).rejects.toThrow('no 3');
  expect(await pool.map(failAt, [1, 2])).toEqual([1, 2]);
  async function* broken() {
    yield 1;
    throw new TypeError('source broke');
  }
  await expect(collect(pool.imap(square, broken()))).rejects.toThrow('source broke');
});

test('items and results may be instances of registered classes, and refs stay refs', async () => {
  const pool = new Pool(2);
  expect(await pool.map(swap, [new Point(1, 2)])).toEqual([new Point(2, 1)]);
  expect(await pool.map(follow, [put(1), put(2)])).toEqual([2, 3]);
});

test('the options of the function hold for the calls', async () => {
  const pool = new Pool(2);
  await expect(pool.map(flaky, [1])).rejects.toThrow(RangeError);
  expect(await pool.map(flaky, [1.5])).toEqual([1.5]);
});

test('close lets running work end and refuses more', async () => {
  const pool = new Pool(2);
  const [running, go] = [new Queue<number>(), new Queue<null>()];
  const results = pool.map(announce, [{ at: 7, running, go }]);
  await running.get();
  const closed = pool.close();
  await expect(pool.map(square, [1])).rejects.toThrow(PoolUsageError);
  await expect(pool.imap(square, [1]).next()).rejects.toThrow('closed');
  await go.put(null);
  await closed;
  expect(await results).toEqual([7]);
});

test('terminate ends work that would never end', async () => {
  const started = new Queue<string>();
  const pool = new Pool(1);
  const endless = [pool.map(spin, [started]), pool.map(spin, [started])];
  const outcomes = endless.map(work => expect(work).rejects.toThrow(TaskCancelledError));
  await started.get();
  await pool.terminate();
  await Promise.all(outcomes);
  await expect(pool.apply(square, [1])).rejects.toThrow('terminated');
  expect(await new Pool(1).apply(square, [3])).toBe(9);
});

test('a pool works inside a task', async () => {
  expect(await get(nested.remote([1, 2, 3]))).toEqual([1, 4, 9]);
});

test('misuse is an error that says what to do', async () => {
  expect(() => new Pool(0)).toThrow(InvalidOptionError);
  const pool = new Pool(2);
  await expect(pool.map(undecorated, [1])).rejects.toThrow('undecorated = remote(function undecorated');
  await expect(pool.map(Calculator as never, [1])).rejects.toThrow('use ActorPool');
  await expect(pool.map(square.options({ numCpus: 2 }) as never, [1])).rejects.toThrow('remote(fn, options)');
  await expect(pool.map(numbers, [1])).rejects.toThrow('generator');
  await expect(pool.map(square, [1], { chunkSize: 0 })).rejects.toThrow(InvalidOptionError);
  await expect(pool.map(square, [1], { chunksize: 2 } as never)).rejects.toThrow('chunkSize');
});
