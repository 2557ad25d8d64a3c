import { availableResources, get, init, type ObjectRef, put, remote, SerializationError, shutdown } from 'aktis';

const upTo = remote(function* upTo(n: number) {
  for (let i = 0; i < n; i++) yield i;
});
const slowly = remote(async function* slowly(n: number) {
  for (let i = 0; i < n; i++) {
    await new Promise(resolve => setTimeout(resolve, 5));
    yield i;
  }
});
const breaking = remote(function* breaking() {
  yield 1;
  throw new RangeError('in the middle');
});
const endless = remote(function* endless() {
  for (let i = 0; ; i++) yield i;
});
const consume = remote(async function consume() {
  let sum = 0;
  for await (const ref of slowly.remote(5)) sum += await get(ref);
  return sum;
});
const passOn = remote(function passOn(value: unknown) {
  return value;
});

beforeAll(async () => {
  await init({ numCpus: 1 });
});
afterAll(() => shutdown());

async function freeCpus(): Promise<number> {
  return (await availableResources()).CPU ?? 0;
}

test('a generator yields a ref per item', async () => {
  const seen: number[] = [];
  for await (const ref of upTo.remote(200)) seen.push(await get(ref));
  expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => i));
});

test('get of a stream collects all values', async () => {
  expect(await get(slowly.remote(4))).toEqual([0, 1, 2, 3]);
  expect(await get(upTo.remote(0))).toEqual([]);
});

test('an error in mid-stream is the last item', async () => {
  const refs: ObjectRef<number>[] = [];
  for await (const ref of breaking.remote()) refs.push(ref);
  expect(refs).toHaveLength(2);
  expect(await get(refs[0] as ObjectRef<number>)).toBe(1);
  await expect(get(refs[1] as ObjectRef<number>)).rejects.toThrow(RangeError);
});

test('break cancels the producer and frees its CPU', async () => {
  for await (const ref of endless.remote()) if ((await get(ref)) === 3) break;
  expect(await get(upTo.remote(2))).toEqual([0, 1]);
  while ((await freeCpus()) < 1);
});

test('a task may consume a stream although there is one CPU only', async () => {
  expect(await get(consume.remote())).toBe(10);
});

test('a stream cannot be passed on', () => {
  expect(() => passOn.remote(upTo.remote(1))).toThrow(SerializationError);
  expect(() => put([upTo.remote(1)])).toThrow(SerializationError);
});
