import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ActorHandle, GetTimeoutError, get, ObjectLostError, type ObjectRef, put, remote, wait } from 'aktis';
import { Cluster } from 'aktis/testing';

// Enough to be fetched in ranges.
const LARGE = 20 * 2 ** 20 + 12_345;
/** No range is like another one. */
const patternOf = (seed: number) => Uint8Array.from({ length: 4099 }, (_, i) => (i * 31 + seed) & 0xff);
const bytesFor = (seed: number) => new Uint8Array(Buffer.alloc(LARGE, patternOf(seed)));
const isValue = (bytes: Uint8Array, seed: number) => Buffer.compare(bytes, bytesFor(seed)) === 0;

/** Notes each run. */
const makes = remote(function makes(seed: number, log: string) {
  appendFileSync(log, '.');
  return new Uint8Array(Buffer.alloc(20 * 2 ** 20 + 12_345, patternOf(seed)));
});
const isRight = remote(function isRight(bytes: Uint8Array, seed: number) {
  return isValue(bytes, seed);
});
const isRightText = remote(function isRightText(text: string, length: number) {
  return text === 'ä€𝄞'.repeat(length);
});
/** Keeps what it has brought to its node. */
@remote({ numCpus: 0 })
class Keeper {
  readonly #ref: ObjectRef<Uint8Array>;
  constructor({ ref }: { ref: ObjectRef<Uint8Array> }) {
    this.#ref = ref;
  }
  async has(seed: number) {
    return isValue(await get(this.#ref), seed);
  }
}
const waitsThere = remote(async function waitsThere(refs: ObjectRef[], options: { timeout?: number }) {
  const [ready] = await wait(refs, options);
  return ready.length;
});
const looksInside = remote(async function looksInside({ bytes, ref }: { bytes: Uint8Array; ref: ObjectRef<string> }) {
  return isValue(bytes, 4) && (await get(ref)) === 'inside';
});

const root = mkdtempSync(join(tmpdir(), 'aktis-transfers-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let cluster: Cluster;
let keeper: ActorHandle<Keeper> | undefined;
let logs = 0;
const newLog = () => {
  const log = join(root, String(logs++));
  appendFileSync(log, '');
  return log;
};
const runs = (log: string) => readFileSync(log, 'utf8').length;
const on = (name: string) => ({ schedulingStrategy: { nodeId: cluster.node(name).id } });
const names = ['first', 'second', 'third'];
/** A result that lies on `first` only; if it is lost, it is not made again. */
async function madeOnFirst(seed: number): Promise<{ ref: ObjectRef<Uint8Array>; log: string }> {
  const log = newLog();
  const ref = makes.options({ ...on('first'), maxRetries: 0 }).remote(seed, log);
  await wait([ref], { fetchLocal: false });
  return { ref, log };
}

/** `second` has a copy from now on. */
async function keptOnSecond(ref: ObjectRef<Uint8Array>, seed: number): Promise<void> {
  keeper = Keeper.options(on('second')).remote({ ref });
  expect(await get(keeper.has.remote(seed))).toBe(true);
}

beforeEach(async () => {
  cluster = await Cluster.start({ nodes: names.map(name => ({ name, numCpus: 1 })) });
  await cluster.connect();
});
afterEach(async () => {
  keeper = undefined;
  await cluster.end();
});

test('what many nodes bring at the same time arrives as it was, whatever it is', async () => {
  const bytes = put(bytesFor(1));
  expect(await get(names.map(name => isRight.options(on(name)).remote(bytes, 1)))).toEqual([true, true, true]);
  const text = put('ä€𝄞'.repeat(2_000_000));
  expect(await get(names.map(name => isRightText.options(on(name)).remote(text, 2_000_000)))).toEqual([
    true,
    true,
    true,
  ]);
  const both = put({ bytes: bytesFor(4), ref: put('inside') });
  expect(await get(names.map(name => looksInside.options(on(name)).remote(both)))).toEqual([true, true, true]);
});

test('a node that has brought an object is a source for others, when the one it came from is dead', async () => {
  const { ref, log } = await madeOnFirst(2);
  await keptOnSecond(ref, 2);
  await cluster.node('first').kill();
  expect(await get(isRight.options(on('third')).remote(ref, 2))).toBe(true);
  await cluster.node('second').kill();
  expect(isValue(await get(ref), 2)).toBe(true);
  expect(runs(log)).toBe(1);
});

test('wait brings what it waits for, unless it is told not to', async () => {
  const { ref } = await madeOnFirst(8);
  const { ref: left } = await madeOnFirst(9);
  const { ref: lost } = await madeOnFirst(10);
  // Until then nothing comes from there, however busy the machine is.
  cluster.node('first').freeze();
  expect(await wait([ref], { timeout: 0 })).toEqual([[], [ref]]);
  expect(await get(waitsThere.options(on('second')).remote([left], { timeout: 0 }))).toBe(0);
  cluster.node('first').thaw();
  expect(await wait([ref])).toEqual([[ref], []]);
  expect(await get(waitsThere.options(on('second')).remote([left], {}))).toBe(1);
  await cluster.node('first').kill();
  expect(isValue(await get(ref), 8)).toBe(true);
  // What is lost is ready, as what has failed is.
  expect(await wait([lost])).toEqual([[lost], []]);
  await expect(get(lost)).rejects.toThrow(ObjectLostError);
});

test('a source that hangs is passed by', async () => {
  const { ref } = await madeOnFirst(3);
  await keptOnSecond(ref, 3);
  cluster.node('first').freeze();
  expect(await get(isRight.options(on('third')).remote(ref, 3))).toBe(true);
  cluster.node('first').thaw();
});

test('a source that dies while others bring the object from it leaves the rest to those that have it', async () => {
  const { ref } = await madeOnFirst(5);
  await keptOnSecond(ref, 5);
  const there = isRight.options(on('third')).remote(ref, 5);
  const here = get(ref);
  await cluster.node('first').kill();
  expect([await get(there), isValue(await here, 5)]).toEqual([true, true]);
});

test('a value that cannot come in time is a timeout, and can come later; lost with its only node it is lost', async () => {
  const { ref } = await madeOnFirst(6);
  const { ref: other } = await madeOnFirst(7);
  const { ref: unasked } = await madeOnFirst(8);
  cluster.node('first').freeze();
  await expect(get(ref, { timeout: 50 })).rejects.toThrow(GetTimeoutError);
  await expect(get([ref, other], { timeout: 50 })).rejects.toThrow('2 of 2 objects had not come from other nodes');
  const stop = new AbortController();
  const stopped = get(other, { signal: stop.signal });
  stop.abort(new Error('not needed'));
  await expect(stopped).rejects.toThrow('not needed');
  cluster.node('first').thaw();
  expect(isValue(await get(ref), 6)).toBe(true);
  await cluster.node('first').kill();
  // The other one may have come all the same: its transfer had begun.
  await expect(get(unasked)).rejects.toThrow(ObjectLostError);
});
