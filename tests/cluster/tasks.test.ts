import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  asCompleted,
  availableResources,
  cancel,
  clusterResources,
  explain,
  get,
  NodeDiedError,
  nodes,
  ObjectLostError,
  type ObjectRef,
  put,
  remote,
  runtimeContext,
  TaskCancelledError,
  TaskError,
  UnschedulableError,
  wait,
} from 'aktis';
import { Cluster } from 'aktis/testing';

const where = remote(function where() {
  return runtimeContext().nodeId;
});
const identity = remote(function identity<T>(value: T) {
  return value;
});
const floats = remote(function floats(count: number) {
  return new Float64Array(count).fill(1.5);
});
const sum = remote(function sum(values: Float64Array) {
  return values.reduce((total, value) => total + value, 0);
});
const doubled = remote(function doubled(values: Float64Array) {
  return values.map(value => 2 * value);
});
const fails = remote(function fails() {
  throw new RangeError('out of range');
});
const nested = remote(async function nested(count: number) {
  return (await get(Array.from({ length: count }, (_, i) => identity.remote(i)))).length;
});
const puts = remote(function puts() {
  return { ref: put(new Uint8Array(300_000).fill(7)) };
});
const reads = remote(async function reads({ ref }: { ref: ObjectRef<Uint8Array | number[]> }) {
  return { value: (await get(ref))[5], id: ref.id };
});
const numbers = remote(function* numbers(count: number) {
  for (let i = 0; i < count; i++) yield i;
});
const pair = remote({ numReturns: 2 })(function pair(): [number, string] {
  return [1, 'a'];
});
/** Says where it runs by a file named after its node, and ends when `go` exists. */
const meets = remote(async function meets(folder: string, go: string) {
  const { nodeId } = runtimeContext();
  writeFileSync(join(folder, nodeId), '');
  while (!existsSync(join(folder, go))) await new Promise(resolve => setTimeout(resolve, 5));
  return nodeId;
});

let cluster: Cluster;
let folders = 0;
const root = mkdtempSync(join(tmpdir(), 'aktis-cluster-'));
const newFolder = () => mkdtempSync(join(root, `${folders++}-`));
beforeEach(async () => {
  cluster = await Cluster.start({ nodes: [0, 1].map(i => ({ labels: { number: String(i) } })) });
  await cluster.connect();
});
afterEach(() => cluster.end());
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 5));
}

test('a driver sees the nodes and what they offer together', async () => {
  expect((await nodes()).map(({ name, kind }) => [name, kind])).toEqual([
    ['node-0', 'node'],
    ['node-1', 'node'],
  ]);
  expect(await nodes({ all: true })).toHaveLength(3);
  expect((await clusterResources()).CPU).toBe(4);
  await until(async () => (await availableResources()).CPU === 4);
});

test('tasks run on all nodes at once, as many as there are CPUs', async () => {
  const folder = newFolder();
  const refs = Array.from({ length: 4 }, () => meets.remote(folder, 'go'));
  await until(() => cluster.nodes.every(({ id }) => existsSync(join(folder, id))));
  writeFileSync(join(folder, 'go'), '');
  expect(new Set(await get(refs))).toEqual(new Set(cluster.nodes.map(({ id }) => id)));
});

test('values, errors, several returns and streams mean the same as on one machine', async () => {
  expect(await get(identity.remote(new Map([['a', new Date(5)]])))).toEqual(new Map([['a', new Date(5)]]));
  const error = (await get(fails.remote()).catch(thrown => thrown)) as TaskError;
  expect([error instanceof RangeError, error instanceof TaskError, error.taskName]).toEqual([true, true, 'fails']);
  expect(cluster.nodes.map(({ id }) => id)).toContain(error.nodeId);
  const [one, letter] = pair.remote();
  expect(await get([one, letter])).toEqual([1, 'a']);
  let total = 0;
  for await (const ref of numbers.remote(300)) total += await get(ref);
  expect(total).toBe(44_850);
  expect(await get(nested.remote(20))).toBe(20);
  expect(await get(identity.remote(fails.remote())).catch(thrown => thrown)).toBeInstanceOf(RangeError);
});

test('a large result stays where it was made, and goes from there to whoever needs it', async () => {
  const large = floats.remote(500_000);
  expect(await get([sum.remote(large), sum.remote(large), sum.remote(large)])).toEqual([750_000, 750_000, 750_000]);
  expect(await get(large)).toHaveLength(500_000);
  expect(await get(sum.remote(put(new Float64Array(500_000).fill(2))))).toBe(1_000_000);
});

test('refs inside values can be read by whoever they come to, and keep their id', async () => {
  const { ref } = await get(puts.remote());
  expect((await get(ref))[0]).toBe(7);
  expect(await get(reads.remote({ ref }))).toEqual({ value: 7, id: ref.id });
  const own = put([1, 2, 3, 4, 5, 6]);
  expect(await get(reads.remote({ ref: own }))).toEqual({ value: 6, id: own.id });
  expect(await get(reads.options({ schedulingStrategy: 'SPREAD' }).remote({ ref }))).toEqual({ value: 7, id: ref.id });
});

test('many tasks end, in any order', async () => {
  const refs = Array.from({ length: 3_000 }, (_, i) => identity.remote(i));
  const [ready, pending] = await wait(refs, { numReturns: 10 });
  expect([ready.length, pending.length]).toEqual([10, 2_990]);
  let total = 0;
  for await (const ref of asCompleted(refs)) total += await get(ref);
  expect(total).toBe(4_498_500);
});

test('cancel reaches a task on another node', async () => {
  const folder = newFolder();
  const ref = meets.remote(folder, 'never');
  await until(() => cluster.nodes.some(({ id }) => existsSync(join(folder, id))));
  await cancel(ref);
  await expect(get(ref)).rejects.toThrow(TaskCancelledError);
  await until(async () => (await availableResources()).CPU === 4);
});

test('strategies and labels say where a task may run', async () => {
  const [first, second] = cluster.nodes.map(({ id }) => id) as [string, string];
  for (const nodeId of [first, second, first]) {
    expect(await get(where.options({ schedulingStrategy: { nodeId } }).remote())).toBe(nodeId);
  }
  expect(await get(where.options({ labelSelector: { number: '1' } }).remote())).toBe(second);
  expect(await get(where.options({ labelSelector: { number: '!1' } }).remote())).toBe(first);
  expect(await get(where.options({ schedulingStrategy: { labels: { hard: { number: ['1', '7'] } } } }).remote())).toBe(
    second,
  );
  const spread = where.options({ schedulingStrategy: 'SPREAD' });
  expect(new Set(await get(Array.from({ length: 6 }, () => spread.remote())))).toEqual(new Set([first, second]));
  const gone = where.options({ schedulingStrategy: { nodeId: 'f'.repeat(32) } });
  await expect(get(gone.remote())).rejects.toThrow(UnschedulableError);
  const soft = where.options({ schedulingStrategy: { nodeId: 'f'.repeat(32), soft: true } });
  expect([first, second]).toContain(await get(soft.remote()));
});

test('what no node can run waits for one that can, and explain says so', async () => {
  const ref = where.options({ resources: { gold: 1 } }).remote();
  expect(await explain(ref)).toMatch(/gold.*no node of the cluster/);
  const added = await cluster.addNode({ numCpus: 1, resources: { gold: 1 } });
  expect(await get(ref)).toBe(added.id);
});

test('when a node dies its tasks run again elsewhere, and those that may not are rejected with the reason', async () => {
  const folder = newFolder();
  const retried = Array.from({ length: 2 }, () => meets.remote(folder, 'go'));
  const fragile = Array.from({ length: 2 }, () => meets.options({ maxRetries: 0 }).remote(folder, 'go'));
  await until(() => cluster.nodes.every(({ id }) => existsSync(join(folder, id))));
  const [victim, survivor] = cluster.nodes.map(({ id }) => id) as [string, string];
  await cluster.node(victim).kill();
  writeFileSync(join(folder, 'go'), '');
  expect(new Set(await get(retried))).toEqual(new Set([survivor]));
  const outcomes = await Promise.allSettled(fragile.map(ref => get(ref)));
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(NodeDiedError);
    else expect(outcome.value).toBe(survivor);
  }
});

test('a result that is lost with its node is made again; what was put there is not', async () => {
  const [first, second] = cluster.nodes.map(({ id }) => id) as [string, string];
  const soft = { schedulingStrategy: { nodeId: first, soft: true } };
  const large = floats.options(soft).remote(200_000);
  const twice = doubled.options(soft).remote(large);
  await wait([large, twice], { numReturns: 2, fetchLocal: false });
  const { ref } = await get(puts.options(soft).remote());
  await cluster.node(first).kill();
  const sums = [large, twice, large, twice].map(ref =>
    sum.options({ schedulingStrategy: { nodeId: second } }).remote(ref),
  );
  expect(await get(sums)).toEqual([300_000, 600_000, 300_000, 600_000]);
  expect(await get(large)).toHaveLength(200_000);
  expect(await get(where.remote())).toBe(second);
  await expect(get(ref)).rejects.toThrow(ObjectLostError);
});

test('with nodes stopped and added under load every result is right', async () => {
  const refs = Array.from({ length: 600 }, (_, i) => identity.options({ maxRetries: -1 }).remote(i));
  for (let round = 0; round < 2; round++) {
    await cluster.addNode();
    await cluster.nodes[0]?.kill();
  }
  expect(await get(refs)).toEqual(Array.from({ length: 600 }, (_, i) => i));
});
