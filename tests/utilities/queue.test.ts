import {
  ActorDiedError,
  type ActorHandle,
  asCompleted,
  cancel,
  get,
  InvalidOptionError,
  init,
  ObjectRef,
  put,
  Queue,
  QueueEmptyError,
  QueueFullError,
  register,
  remote,
  runtimeContext,
  shutdown,
  TaskCancelledError,
  WorkerDiedError,
  wait,
} from 'aktis';

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
  sum() {
    return this.x + this.y;
  }
}
register(Point, 'queue.test.Point');

@remote()
class Counter {
  #value = 0;
  increment() {
    return ++this.#value;
  }
  async forward(from: Queue<number>, to: Queue<number>) {
    await to.put((await from.get()) * 2);
  }
}

const take = remote(async function take<T>(queue: Queue<T>) {
  return queue.get();
});
const takeMany = remote(async function takeMany(queue: Queue<number>, timeouts: number[]) {
  const taken: number[] = [];
  for (const timeout of timeouts) {
    try {
      taken.push(await queue.get({ timeout }));
    } catch (error) {
      if (!(error instanceof QueueEmptyError)) throw error;
    }
  }
  return taken;
});
const fill = remote(async function fill(queue: Queue<number>, from: number, to: number) {
  for (let i = from; i < to; i++) await queue.put(i);
});
const give = remote(async function give(queue: Queue<number>, value: number, started?: Queue<string>) {
  await started?.put('started');
  await queue.put(value);
});
const same = remote(function same(holder: { queue: Queue<number> }) {
  return [holder.queue];
});
const dieWaiting = remote(
  async function dieWaiting(queue: Queue<number>, started: Queue<string>) {
    const taken = queue.get();
    await started.put('started');
    await started.put('waiting');
    setTimeout(() => process.exit(1), 20);
    await taken;
  },
  { maxRetries: 0 },
);
const takeAndBlock = remote(async function takeAndBlock(queue: Queue<number>, started: Queue<string>) {
  const taken = queue.get();
  await started.put('started');
  await started.put('waiting');
  const end = Date.now() + 1500;
  while (Date.now() < end);
  return taken;
});
const sumOf = remote(async function sumOf(queue: Queue<Point>) {
  return (await queue.get()).sum();
});
const one = remote(function one() {
  return 1;
});

beforeAll(() => init({ numCpus: 2 }));
afterAll(() => shutdown());

test('items come out in the order in which they were put', async () => {
  const queue = new Queue<number>();
  expect(await queue.empty()).toBe(true);
  await Promise.all(Array.from({ length: 500 }, (_, i) => queue.put(i)));
  expect(await queue.size()).toBe(500);
  expect(await queue.empty()).toBe(false);
  const items = await Promise.all(Array.from({ length: 500 }, () => queue.get()));
  expect(items).toEqual(Array.from({ length: 500 }, (_, i) => i));
});

test('a full queue makes put wait for room, or fail when none comes in time', async () => {
  const queue = new Queue<string>({ maxSize: 2 });
  await queue.put('a');
  await queue.put('b');
  expect(await queue.full()).toBe(true);
  await expect(queue.putNowait('c')).rejects.toThrow(QueueFullError);
  await expect(queue.put('c', { timeout: 0 })).rejects.toThrow(QueueFullError);
  await expect(queue.put('c', { timeout: 20 })).rejects.toThrow('within 20 ms');
  const waiting = queue.put('c');
  expect(await queue.get()).toBe('a');
  await waiting;
  expect([await queue.get(), await queue.get()]).toEqual(['b', 'c']);
  expect(await queue.full()).toBe(false);
});

test('an empty queue makes get wait for an item, or fail when none comes in time', async () => {
  const queue = new Queue<number>();
  await expect(queue.getNowait()).rejects.toThrow(QueueEmptyError);
  await expect(queue.get({ timeout: 0 })).rejects.toThrow(QueueEmptyError);
  await expect(queue.get({ timeout: 20 })).rejects.toThrow('within 20 ms');
  const [first, second] = [queue.get(), queue.get({ timeout: 60_000 })];
  await queue.put(1);
  await queue.put(2);
  expect([await first, await second]).toEqual([1, 2]);
});

test('batches are put and got as a whole or not at all', async () => {
  const queue = new Queue<number>({ maxSize: 4 });
  await queue.putNowaitBatch([1, 2, 3]);
  await expect(queue.putNowaitBatch([4, 5])).rejects.toThrow(QueueFullError);
  expect(await queue.size()).toBe(3);
  await expect(queue.getNowaitBatch(4)).rejects.toThrow(QueueEmptyError);
  expect(await queue.getNowaitBatch(2)).toEqual([1, 2]);
  expect(await queue.getNowaitBatch(0)).toEqual([]);
  await queue.putNowaitBatch([]);
  expect(await queue.getNowaitBatch(1)).toEqual([3]);
});

test('room that a batch leaves lets waiting puts through', async () => {
  const queue = new Queue<number>({ maxSize: 2 });
  await queue.putNowaitBatch([1, 2]);
  const waiting = [queue.put(3), queue.put(4)];
  expect(await queue.getNowaitBatch(2)).toEqual([1, 2]);
  await Promise.all(waiting);
  expect(await queue.getNowaitBatch(2)).toEqual([3, 4]);
});

test('tasks and actors that are passed a queue use the same queue', async () => {
  const [numbers, doubled] = [new Queue<number>(), new Queue<number>()];
  const actor = Counter.remote();
  const forwarded = actor.forward.remote(numbers, doubled);
  await get(give.remote(numbers, 21));
  await get(forwarded);
  expect(await get(take.remote(doubled))).toBe(42);
  const [returned] = (await get(same.remote({ queue: numbers }))) as [Queue<number>];
  expect(returned).toBeInstanceOf(Queue);
  await returned.put(7);
  expect(await numbers.get()).toBe(7);
});

test('items are values of any kind', async () => {
  const queue = new Queue<unknown>();
  const counter = Counter.remote();
  const ref = put('named');
  const items = [
    undefined,
    null,
    Number.NaN,
    'x'.repeat(100_000),
    new Map([[1, new Date(0)]]),
    new Float64Array(50_000).fill(2),
  ];
  for (const item of items) await queue.put(item);
  for (const item of items) expect(await queue.get()).toEqual(item);
  await queue.putNowaitBatch([1, ref, new Point(1, 2), counter]);
  const [plain, same, point, handle] = await queue.getNowaitBatch(4);
  expect(plain).toBe(1);
  expect(same).toBeInstanceOf(ObjectRef);
  expect(await get(same as ObjectRef)).toBe('named');
  expect((point as Point).sum()).toBe(3);
  expect(await get((handle as ActorHandle<Counter>).increment.remote())).toBe(1);
  await expect(queue.put(() => {})).rejects.toThrow('function');
  expect(await queue.size()).toBe(0);
});

test('instances of registered classes reach tasks that know the class', async () => {
  const queue = new Queue<Point>();
  const sum = sumOf.remote(queue);
  await queue.put(new Point(20, 22));
  expect(await get(sum)).toBe(42);
});

test('tasks that wait on a queue hold no CPU', async () => {
  const queue = new Queue<number>();
  const waiting = Array.from({ length: 6 }, () => take.remote(queue));
  expect(await get(Array.from({ length: 10 }, () => one.remote()))).toHaveLength(10);
  await queue.putNowaitBatch([1, 2, 3, 4, 5, 6]);
  expect((await get(waiting)).sort()).toEqual([1, 2, 3, 4, 5, 6]);
});

test('no item is lost or doubled when getters give up while items come', async () => {
  const queue = new Queue<number>();
  const timeouts = Array.from({ length: 300 }, (_, i) => (i * 7) % 5);
  const takers = [takeMany.remote(queue, timeouts), takeMany.remote(queue, timeouts)];
  await get(fill.options({ numCpus: 0 }).remote(queue, 0, 400));
  const taken = (await get(takers)).flat();
  const rest = await queue.getNowaitBatch(await queue.size());
  expect([...taken, ...rest].sort((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, i) => i));
});

test('a getter that is cancelled while it waits takes no item with it', async () => {
  const queue = new Queue<number>();
  const waiting = Array.from({ length: 5 }, () => take.remote(queue));
  await wait(waiting, { timeout: 200 });
  for (const ref of waiting) await cancel(ref);
  for (const ref of waiting) await expect(get(ref)).rejects.toThrow(TaskCancelledError);
  await queue.putNowaitBatch([1, 2, 3]);
  expect([await queue.get(), await queue.get(), await queue.get()].sort()).toEqual([1, 2, 3]);
});

test('a getter that dies while it waits takes no item with it', async () => {
  const [queue, started] = [new Queue<number>(), new Queue<string>()];
  const dying = dieWaiting.remote(queue, started);
  await started.get();
  await expect(get(dying)).rejects.toThrow(WorkerDiedError);
  await queue.put(1);
  expect(await queue.get()).toBe(1);
});

test('a getter whose thread is busy for long passes the item on, and gets another', async () => {
  const [queue, started] = [new Queue<number>(), new Queue<string>()];
  const busy = takeAndBlock.remote(queue, started);
  await started.get();
  await started.get();
  await queue.put(1);
  expect(await queue.get()).toBe(1);
  await queue.put(2);
  expect(await get(busy)).toBe(2);
  expect(await queue.empty()).toBe(true);
});

test('a put that is cancelled while it waits for room puts nothing', async () => {
  const [queue, started] = [new Queue<number>({ maxSize: 1 }), new Queue<string>()];
  await queue.put(1);
  const waiting = give.remote(queue, 2, started);
  await started.get();
  await wait([waiting], { timeout: 100 });
  await cancel(waiting);
  await expect(get(waiting)).rejects.toThrow(TaskCancelledError);
  expect(await queue.get()).toBe(1);
  await expect(queue.get({ timeout: 100 })).rejects.toThrow(QueueEmptyError);
});

test('thousands of puts and gets may wait at a time', async () => {
  const queue = new Queue<number>({ maxSize: 10 });
  const puts = Array.from({ length: 6000 }, (_, i) => queue.put(i));
  const got = await Promise.all(Array.from({ length: 6000 }, () => queue.get()));
  await Promise.all(puts);
  expect(got).toEqual(Array.from({ length: 6000 }, (_, i) => i));
});

test('producers and consumers in tasks move everything once', async () => {
  const queue = new Queue<number>({ maxSize: 20 });
  const producers = [0, 200, 400].map(from => fill.remote(queue, from, from + 200));
  const consumers = Array.from({ length: 4 }, () => takeMany.remote(queue, new Array(150).fill(60_000)));
  for await (const ref of asCompleted(producers)) await get(ref);
  const taken = (await get(consumers)).flat();
  expect(taken.sort((a, b) => a - b)).toEqual(Array.from({ length: 600 }, (_, i) => i));
});

test('shutdown ends the queue for all who use it', async () => {
  for (const force of [false, true]) {
    const queue = new Queue<number>();
    const waiting = queue.get();
    const outcome = expect(waiting).rejects.toThrow(ActorDiedError);
    await queue.size();
    await queue.shutdown({ force });
    await outcome;
    await expect(queue.put(1)).rejects.toThrow(ActorDiedError);
    await queue.shutdown({ force });
  }
});

test('a named queue is found again', async () => {
  const actorOptions = { name: 'jobs', getIfExists: true };
  const queue = new Queue<number>({ actorOptions });
  await queue.put(5);
  expect(await new Queue<number>({ actorOptions }).get()).toBe(5);
});

test('wrong options are errors that say what is allowed', async () => {
  expect(() => new Queue({ maxSize: -1 })).toThrow(InvalidOptionError);
  expect(() => new Queue({ maxsize: 1 } as never)).toThrow('maxSize');
  const queue = new Queue<number>();
  await expect(queue.get({ timeout: -1 })).rejects.toThrow(InvalidOptionError);
  await expect(queue.put(1, { timeout: Number.NaN })).rejects.toThrow('timeout');
  await expect(queue.put(1, { time: 3 } as never)).rejects.toThrow('There is no option time');
  await expect(queue.getNowaitBatch(1.5)).rejects.toThrow('count');
  expect(runtimeContext().taskId).toBeUndefined();
});
