import { asCompleted, get, init, memoryStats, type ObjectRef, put, register, remote, shutdown, wait } from 'aktis';
import fc from 'fast-check';

const identity = remote(function identity<T>(value: T) {
  return value;
});
const add = remote(function add(a: number, b: number) {
  return a + b;
});
const sum = remote(function sum(...values: number[]) {
  return values.reduce((a, b) => a + b, 0);
});
const countArguments = remote(function countArguments(..._values: unknown[]) {
  // biome-ignore lint/complexity/noArguments: trailing undefined arguments count too
  return arguments.length;
});
const readAll = remote(async function readAll(refs: Map<unknown, ObjectRef<number>> | Set<ObjectRef<number>>) {
  return get([...refs.values()]);
});
const putAndGet = remote(async function putAndGet(value: unknown) {
  return get(put(value));
});
const hash = remote(function hash(seed: number, ...values: number[]) {
  return values.reduce((h, value) => (h * 31 + value) | 0, seed);
});
const later = remote(async function later<T>(milliseconds: number, value: T) {
  await new Promise(resolve => setTimeout(resolve, milliseconds));
  return value;
});
const pair = remote(
  function pair(): [number, number] {
    return [10, 20];
  },
  { numReturns: 2 },
);
const failPair = remote(
  function failPair(): [number, number] {
    throw new RangeError('neither');
  },
  { numReturns: 2 },
);
const filled = remote(function filled(length: number) {
  return new Uint8Array(length).fill(7);
});
const increment = remote(function increment(memory: SharedArrayBuffer) {
  return Atomics.add(new Int32Array(memory), 0, 5);
});
const byteLength = remote(function byteLength(bytes: Uint8Array) {
  return bytes.byteLength;
});
const change = remote(function change(value: { x: number }) {
  value.x++;
  return value.x;
});

class Box {
  readonly ref: ObjectRef<number>;
  constructor(ref: ObjectRef<number>) {
    this.ref = ref;
  }
  open() {
    return get(this.ref);
  }
}
register(Box);
const openBox = remote(async function openBox(box: Box) {
  return box.open();
});
const makeBox = remote(function makeBox() {
  return new Box(put(77));
});

beforeAll(async () => {
  await init({ numCpus: 2, includeDashboard: false });
});
afterAll(() => shutdown());

test('refs travel in maps, sets, keys and instances of registered classes', async () => {
  expect(
    await get(
      readAll.remote(
        new Map([
          ['a', put(1)],
          ['b', add.remote(1, 1)],
        ]),
      ),
    ),
  ).toEqual([1, 2]);
  expect(await get(readAll.remote(new Set([put(1), put(2)])))).toEqual([1, 2]);
  const ref = put(5);
  const [key] = [...(await get(put(new Map([[ref, 1]])))).keys()];
  expect(key?.id).toBe(ref.id);
  expect(await get(openBox.remote(new Box(put(3))))).toBe(3);
  expect(await (await get(makeBox.remote())).open()).toBe(77);
});

test('a ref survives being awaited, for it is no promise', async () => {
  const ref = put(1);
  expect(await ref).toBe(ref);
});

test('values come back as they were', async () => {
  const values = [
    undefined,
    null,
    Number.NaN,
    -0,
    Infinity,
    '',
    '\0',
    '\ud800',
    10n ** 50n,
    new Date(5),
    /a/giu,
    Object.assign(new Array(3), { 0: 1, 2: 3 }),
    { a: undefined },
    new Map([[{}, new Set([1])]]),
    { then: 1 },
    { toJSON: 1 },
    { 'a.b': 1, '': 2 },
    JSON.parse('{"__proto__":{"x":1}}'),
  ];
  for (const value of values) {
    expect(await get(put(value))).toEqual(value);
    expect(await get(identity.remote(value))).toEqual(value);
    expect(await get(putAndGet.remote(value))).toEqual(value);
  }
  expect(Object.is(await get(identity.remote(-0)), -0)).toBe(true);
});

test('identity and cycles within one value are kept', async () => {
  const shared = { q: 1 };
  const value: Record<string, unknown> = { a: shared, b: shared };
  value.self = value;
  const back = await get(identity.remote(value));
  expect(back.a).toBe(back.b);
  expect(back.self).toBe(back);
});

test('what a callee does to its argument stays with it', async () => {
  const ref = put({ x: 1 });
  expect(await get([change.remote(ref), change.remote(ref)])).toEqual([2, 2]);
  expect(await get(ref)).toEqual({ x: 1 });
});

test('arguments are counted as given', async () => {
  expect(
    await get([countArguments.remote(), countArguments.remote(undefined), countArguments.remote(put(1), undefined)]),
  ).toEqual([0, 1, 2]);
});

test('ten thousand arguments, values or refs', async () => {
  const numbers = Array.from({ length: 10_000 }, (_, i) => i);
  expect(await get(sum.remote(...numbers))).toBe(49_995_000);
  expect(await get(sum.remote(...numbers.map(n => put(n))))).toBe(49_995_000);
});

test('one ref may be several arguments', async () => {
  const ref = later.remote(5, 4);
  expect(await get(sum.remote(ref, ref, ref))).toBe(12);
  expect(await get([ref, ref])).toEqual([4, 4]);
});

test('the refs of a group are arguments like any other, alone, spread, nested', async () => {
  const group = pair.remote();
  const [a, b] = group;
  expect(await get(add.remote(a, b))).toBe(30);
  const inside = await get(identity.remote({ group }));
  expect(await get(inside.group)).toEqual([10, 20]);
  expect((await wait([a, b], { numReturns: 2 }))[0]).toHaveLength(2);
});

test('a task that fails fails each of its refs', async () => {
  const group = failPair.remote();
  for (const ref of [...group, group]) await expect(get(ref as ObjectRef)).rejects.toThrow(RangeError);
});

test.each([0, 1, 65_535, 65_537, 300_000])('a buffer of %i bytes is a copy of what was put', async length => {
  const source = new Uint8Array(length).fill(3);
  const ref = put(source);
  source.fill(9);
  expect((await get(ref)).every(byte => byte === 3)).toBe(true);
  expect((await get(identity.remote(ref))).every(byte => byte === 3)).toBe(true);
  expect((await get(filled.remote(length))).every(byte => byte === 7)).toBe(true);
  const own = await get(ref, { copy: true });
  own.fill(1);
  expect((await get(ref)).every(byte => byte === 3)).toBe(true);
});

test('a part of a large buffer travels without the rest', async () => {
  const part = await get(put(new Uint8Array(1_000_000).subarray(10, 20)));
  expect(part).toHaveLength(10);
  expect(part.buffer.byteLength).toBeLessThan(1_000);
});

test('a SharedArrayBuffer of the user is shared', async () => {
  const memory = new SharedArrayBuffer(8);
  await get([increment.remote(memory), increment.remote(memory)]);
  expect(new Int32Array(memory)[0]).toBe(10);
});

test('a hundred megabytes are read by eight tasks without eight copies', async () => {
  const ref = put(new Uint8Array(100_000_000));
  const before = (await memoryStats()).usedBytes;
  expect(await get(Array.from({ length: 8 }, () => byteLength.remote(ref)))).toEqual(Array(8).fill(100_000_000));
  expect((await memoryStats()).usedBytes - before).toBeLessThan(1_000_000);
});

test('wait takes at most as many as asked, in input order', async () => {
  const refs = [later.remote(50, 1), put(2), put(3)];
  const [ready, pending] = await wait(refs);
  expect(ready).toEqual([refs[1]]);
  expect(pending).toEqual([refs[0], refs[2]]);
  expect((await wait(refs, { numReturns: 3 }))[0]).toEqual(refs);
});

test('asCompleted may be left early and may be empty', async () => {
  for await (const _ of asCompleted([])) expect('a ref').toBe('none');
  for await (const ref of asCompleted([later.remote(30, 'slow'), put('quick')])) {
    expect(await get(ref)).toBe('quick');
    break;
  }
});

test('any graph of tasks gives what the same functions give here', async () => {
  const node = fc.tuple(fc.integer(), fc.array(fc.nat(), { maxLength: 4 }), fc.constantFrom('value', 'task', 'put'));
  await fc.assert(
    fc.asyncProperty(fc.array(node, { minLength: 1, maxLength: 20 }), async nodes => {
      const here: number[] = [];
      const there: ObjectRef<number>[] = [];
      for (const [seed, edges, kind] of nodes) {
        const inputs = here.length === 0 ? [] : edges.map(edge => edge % here.length);
        here.push(hash(seed, ...inputs.map(i => here[i] as number)));
        const given = kind === 'value' ? seed : kind === 'put' ? put(seed) : later.remote(1, seed);
        there.push(hash.remote(given as number, ...inputs.map(i => there[i] as ObjectRef<number>)));
      }
      expect(await get(there)).toEqual(here);
    }),
    { numRuns: 40 },
  );
});
