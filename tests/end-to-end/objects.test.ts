import {
  asCompleted,
  get,
  init,
  memoryStats,
  ObjectRef,
  put,
  register,
  remote,
  SerializationError,
  shutdown,
  wait,
} from 'aktis';

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
  get length() {
    return Math.hypot(this.x, this.y);
  }
}
register(Point);

const lengthOf = remote(function lengthOf(point: Point) {
  return point.length;
});
const move = remote(function move(point: Point) {
  return new Point(point.x + 1, point.y);
});
const sum = remote(function sum(numbers: Float64Array) {
  return numbers.reduce((a, b) => a + b, 0);
});
const isShared = remote(function isShared(numbers: Float64Array) {
  return Object.prototype.toString.call(numbers.buffer);
});
const settle = remote(async function settle(box: { refs: ObjectRef<number>[] }) {
  const { ready } = await wait(box.refs, { numReturns: box.refs.length });
  return ready.length;
});
const two = remote(function two() {
  return 2;
});
const fail = remote(function fail(): number {
  throw new Error('no');
});
const putInside = remote(function putInside() {
  return { ref: put([1, 2, 3]) };
});
const readInside = remote(async function readInside(box: { ref: ObjectRef<number[]> }) {
  return get(box.ref);
});
const big = remote(function big(bytes: number) {
  return new Uint8Array(bytes).fill(7);
});

const lastBytes = remote(function lastBytes(...arrays: Uint8Array[]) {
  return arrays.map(bytes => bytes.at(-1));
});
const lastBytesInside = remote(async function lastBytesInside(box: { refs: ObjectRef<Uint8Array>[] }) {
  return (await get(box.refs)).map(bytes => bytes.at(-1));
});
class Reader {
  lastBytes(first: Uint8Array, second: Uint8Array) {
    return [first.at(-1), second.at(-1)];
  }
}
const RemoteReader = remote(Reader);

beforeAll(async () => {
  await init({ numCpus: 2, objectStoreMemory: 8_000_000 });
});
afterAll(() => shutdown());

test('put stores an immutable copy', async () => {
  const original = { list: [1, 2] };
  const ref = put(original);
  original.list.push(3);
  const first = await get(ref);
  first.list.push(4);
  expect(await get(ref)).toEqual({ list: [1, 2] });
});

test('put of a ref and of what cannot travel is refused', () => {
  expect(() => put(put(1) as never)).toThrow(TypeError);
  expect(() => put({ f: () => 1 })).toThrow(SerializationError);
});

test('registered classes keep their methods through arguments and results', async () => {
  expect(await get(lengthOf.remote(new Point(3, 4)))).toBe(5);
  expect(await get(move.remote(new Point(1, 1)))).toBeInstanceOf(Point);
});

test('large typed arrays are shared, and copied on demand', async () => {
  const ref = put(new Float64Array(100_000).fill(1));
  expect(await get([sum.remote(ref), sum.remote(ref)])).toEqual([100_000, 100_000]);
  expect(await get(isShared.remote(ref))).toBe('[object SharedArrayBuffer]');
  const own = await get(ref, { copy: true });
  own[0] = 5;
  expect((await get(ref))[0]).toBe(1);
});

test('refs in results and arguments stay alive and readable', async () => {
  const box = await get(putInside.remote());
  expect(box.ref).toBeInstanceOf(ObjectRef);
  expect(await get(box.ref)).toEqual([1, 2, 3]);
  expect(await get(readInside.remote(box))).toEqual([1, 2, 3]);
});

test('refs have an id, a text and equality by id', async () => {
  const ref = put(1);
  expect(ref.id).toMatch(/^[0-9a-f]+$/);
  expect(String(ref)).toContain(ref.id);
  expect(put(1).id).not.toBe(ref.id);
});

test('asCompleted yields in order of completion, failures too', async () => {
  const others = [two.remote(), fail.remote()];
  const refs = [settle.remote({ refs: others }), ...others];
  const seen: ObjectRef<number>[] = [];
  for await (const ref of asCompleted(refs)) seen.push(ref);
  expect(seen).toHaveLength(3);
  expect(seen.at(-1)).toBe(refs[0]);
  await expect(get(refs[2] as ObjectRef<number>)).rejects.toThrow('no');
});

test('above the limit objects go to disk and come back', async () => {
  const refs = Array.from({ length: 6 }, (_, i) => put(new Uint8Array(3_000_000).fill(i)));
  const stats = await memoryStats();
  expect(stats.limitBytes).toBe(8_000_000);
  expect(stats.usedBytes).toBeLessThanOrEqual(8_000_000);
  expect(stats.spilledBytes).toBeGreaterThan(0);
  for (const [i, ref] of refs.entries()) expect((await get(ref))[2_999_999]).toBe(i);
  expect(await get(sum.remote(refs[0] as never))).toBe(0);
  expect(await get(big.remote(3_000_000))).toHaveLength(3_000_000);
});

test('an object larger than the store is kept on disk', async () => {
  const ref = put(new Uint8Array(10_000_000).fill(3));
  expect((await get(ref))[9_999_999]).toBe(3);
});

describe('with more objects than fit into memory', () => {
  const make = (bytes: number, count: number) =>
    Array.from({ length: count }, (_, i) => put(new Uint8Array(bytes).fill(i)));

  test('one get brings them all', async () => {
    const all = await get(make(3_000_000, 8));
    expect(all.map(bytes => bytes.at(-1))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('a get inside of a task brings them all', async () => {
    expect(await get(lastBytesInside.remote({ refs: make(3_000_000, 5) }))).toEqual([0, 1, 2, 3, 4]);
  });

  test('two arguments that do not fit together are brought together', async () => {
    const [first, second] = make(5_000_000, 2);
    expect(await get(lastBytes.remote(first as never, second as never))).toEqual([0, 1]);
  });

  test('arguments that are spilled while their tasks are queued come back before they run', async () => {
    const refs = make(3_000_000, 10);
    const calls = refs.map((ref, i) => lastBytes.remote(ref as never, refs[(i + 3) % 10] as never));
    expect(await get(calls)).toEqual(refs.map((_, i) => [i, (i + 3) % 10]));
  });

  test('calls of an actor get theirs, in order', async () => {
    const refs = make(3_000_000, 10);
    const reader = RemoteReader.remote();
    const calls = refs.map((ref, i) => reader.lastBytes.remote(ref as never, refs[(i + 3) % 10] as never));
    expect(await get(calls)).toEqual(refs.map((_, i) => [i, (i + 3) % 10]));
  });

  test('memory falls to its limit again when all is read', async () => {
    const refs = make(3_000_000, 8);
    await get(refs);
    const { usedBytes, limitBytes } = await memoryStats();
    expect(usedBytes).toBeLessThanOrEqual(limitBytes);
  });
});
