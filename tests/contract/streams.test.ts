import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ActorDiedError,
  availableResources,
  cancel,
  GetTimeoutError,
  get,
  init,
  kill,
  type ObjectRef,
  put,
  remote,
  SerializationError,
  shutdown,
  TaskCancelledError,
  TaskTimeoutError,
  WorkerDiedError,
} from 'aktis';

const directory = mkdtempSync(join(tmpdir(), 'aktis-contract-'));
let files = 0;
const newFile = () => join(directory, `${files++}`);
const textOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

const count = remote(async function* count(n: number) {
  for (let i = 0; i < n; i++) yield i;
});
const failAtOnce = remote(function* failAtOnce(): Generator<number> {
  throw new RangeError('before the first');
});
const noted = remote({ streamBuffer: 1 })(function* noted(file: string, n: number) {
  for (let i = 0; i < n; i++) {
    appendFileSync(file, 'x');
    yield i;
  }
});
const endless = remote({ streamBuffer: 2 })(function* endless(file: string) {
  try {
    for (let i = 0; ; i++) yield i;
  } finally {
    appendFileSync(file, 'finally');
  }
});
const stuck = remote(async function* stuck() {
  yield 1;
  await new Promise(() => {});
});
const crash = remote({ maxRetries: 2 })(async function* crash(file: string, survives: boolean) {
  appendFileSync(file, 'x');
  yield 1;
  yield 2;
  if (!survives || textOf(file).length < 2) process.exit(3);
  yield 3;
});
const unserialisable = remote(function* unserialisable(): Generator<unknown> {
  yield 1;
  yield () => 1;
  yield 3;
});
const refs = remote(function* refs() {
  yield { ref: put(7) };
});
const changing = remote(function* changing() {
  const value = { x: 0 };
  for (; value.x < 3; value.x++) yield value;
});
const relay = remote(async function* relay(n: number) {
  for await (const ref of count.remote(n)) yield (await get(ref)) * 2;
});
const sumOfRelay = remote(async function sumOfRelay(n: number) {
  let sum = 0;
  for await (const ref of relay.remote(n)) sum += await get(ref);
  return sum;
});

@remote()
class Source {
  async *endless() {
    for (let i = 0; ; i++) {
      await null;
      yield i;
    }
  }
  async *dying() {
    yield 1;
    process.exit(2);
  }
  hello() {
    return 'hello';
  }
}

beforeAll(async () => {
  await init({ numCpus: 2, includeDashboard: false });
});
afterAll(async () => {
  await shutdown();
  rmSync(directory, { recursive: true });
});

async function refsOf<T>(stream: AsyncIterable<ObjectRef<T>>): Promise<ObjectRef<T>[]> {
  const all: ObjectRef<T>[] = [];
  for await (const ref of stream) all.push(ref);
  return all;
}
async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 5));
}

test('an error before the first item is the only item', async () => {
  const [only, ...rest] = await refsOf(failAtOnce.remote());
  expect(rest).toEqual([]);
  await expect(get(only as ObjectRef<number>)).rejects.toThrow(RangeError);
  await expect(get(failAtOnce.remote())).rejects.toThrow(RangeError);
});

test('streamBuffer 1 keeps the producer one step ahead of what was taken', async () => {
  const file = newFile();
  const stream = noted.remote(file, 50);
  const iterator = stream[Symbol.asyncIterator]();
  for (let taken = 1; taken <= 5; taken++) {
    await iterator.next();
    expect(textOf(file).length).toBeLessThanOrEqual(taken + 2);
  }
  await iterator.return?.();
  expect(await get(noted.remote(newFile(), 50))).toHaveLength(50);
});

test('break and a throw in the loop run the finally of the producer and free its CPU', async () => {
  const [broken, thrown] = [newFile(), newFile()];
  for await (const ref of endless.remote(broken)) if ((await get(ref)) === 4) break;
  await expect(
    (async () => {
      for await (const _ of endless.remote(thrown)) throw new Error('mine');
    })(),
  ).rejects.toThrow('mine');
  await until(() => textOf(broken) === 'finally' && textOf(thrown) === 'finally');
  await until(async () => (await availableResources()).CPU === 2);
});

test('next may be called before its item is there, as often as wanted', async () => {
  const iterator = count.remote(3)[Symbol.asyncIterator]();
  const results = await Promise.all(Array.from({ length: 5 }, () => iterator.next()));
  expect(results.map(({ done }) => done ?? false)).toEqual([false, false, false, true, true]);
});

test('a cancelled stream ends for whoever waits for the next item', async () => {
  const stream = stuck.remote();
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  const next = iterator.next();
  await cancel(stream, { grace: 10 });
  const { done, value } = await next;
  if (!done) await expect(get(value)).rejects.toThrow(TaskCancelledError);
});

test('get of a stream may time out', async () => {
  const stream = stuck.remote();
  await expect(get(stream, { timeout: 30 })).rejects.toThrow(GetTimeoutError);
  await cancel(stream, { force: true });
});

test('a stream is read once, and says so', async () => {
  const stream = count.remote(3);
  expect(await get(stream)).toEqual([0, 1, 2]);
  await expect(get(stream)).rejects.toThrow(/read once/);
  await expect(refsOf(stream)).rejects.toThrow(/read once/);
});

test('a time limit counts for producers', async () => {
  await expect(get(stuck.options({ timeout: 50 }).remote())).rejects.toThrow(TaskTimeoutError);
});

test('a producer that dies is run again without repeating items, as often as maxRetries says', async () => {
  expect(await get(crash.remote(newFile(), true))).toEqual([1, 2, 3]);
  const file = newFile();
  const all = await refsOf(crash.remote(file, false));
  expect(await get(all.slice(0, -1))).toEqual([1, 2].slice(0, all.length - 1));
  await expect(get(all.at(-1) as ObjectRef<number>)).rejects.toThrow(WorkerDiedError);
  expect(textOf(file)).toHaveLength(3);
});

test('an item that cannot travel ends the stream', async () => {
  const all = await refsOf(unserialisable.remote());
  expect(all).toHaveLength(2);
  await expect(get(all[1] as ObjectRef)).rejects.toThrow(SerializationError);
});

test('items are copies made at their yield, and refs in them stay refs', async () => {
  expect(await get(changing.remote())).toEqual([{ x: 0 }, { x: 1 }, { x: 2 }]);
  const [item] = await get(refs.remote());
  expect(await get(item?.ref as ObjectRef<number>)).toBe(7);
});

test('producers may consume streams longer than the buffer, several at once', async () => {
  expect(await get(Array.from({ length: 4 }, () => sumOfRelay.remote(200)))).toEqual(Array(4).fill(39_800));
});

test('refs outlive their stream', async () => {
  const all = await refsOf(count.remote(300));
  expect(await get(all)).toEqual(all.map((_, i) => i));
});

test('methods that are generators: break frees the actor, its death ends the stream', async () => {
  const source = Source.remote();
  for await (const ref of source.endless.remote()) if ((await get(ref)) === 5) break;
  expect(await get(source.hello.remote())).toBe('hello');
  const iterator = source.endless.remote()[Symbol.asyncIterator]();
  await iterator.next();
  await kill(source);
  let last: unknown;
  for (let result = await iterator.next(); !result.done; result = await iterator.next())
    last = await get(result.value).catch(e => e);
  expect(last).toBeInstanceOf(ActorDiedError);
  const all = await refsOf(Source.remote().dying.remote());
  await expect(get(all.at(-1) as ObjectRef<number>)).rejects.toThrow(ActorDiedError);
});
