import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cancel, explain, get, nodes, type ObjectRef, remote, runtimeContext, UnschedulableError, wait } from 'aktis';
import { Cluster } from 'aktis/testing';

const where = remote(function where() {
  return runtimeContext().nodeId;
});
/** Says by a file that it runs, and where; ends when `go` exists. */
const stays = remote(async function stays(folder: string, go = 'go') {
  const { nodeId, taskId } = runtimeContext();
  writeFileSync(join(folder, `${nodeId} ${taskId}`), '');
  while (!existsSync(join(folder, go))) await new Promise(resolve => setTimeout(resolve, 5));
  return nodeId;
});
/** Occupies a CPU of the node it runs on with work that this node owns. */
const occupies = remote({ numCpus: 0 })(async function occupies(folder: string, count: number) {
  const pinned = stays.options({ schedulingStrategy: { nodeId: runtimeContext().nodeId } });
  return get(Array.from({ length: count }, () => pinned.remote(folder)));
});
const nested = remote({ numCpus: 0 })(async function nested() {
  const places: string[] = [];
  for (let i = 0; i < 6; i++) places.push(await get(where.remote()));
  return places;
});
const notes = remote({ maxRetries: 0 })(async function notes(file: string, number: number, milliseconds: number) {
  appendFileSync(file, `${number}\n`);
  await new Promise(resolve => setTimeout(resolve, milliseconds));
});
@remote()
class Lives {
  where() {
    return runtimeContext().nodeId;
  }
}

const root = mkdtempSync(join(tmpdir(), 'aktis-placement-'));
const newFolder = () => mkdtempSync(join(root, 'x-'));
let cluster: Cluster;
const ids: string[] = [];

/** Nodes of 2 CPUs: 0 in zone a, 1 in zone b with an SSD, 2 in none. */
beforeAll(async () => {
  const labels = [{ zone: 'a' }, { zone: 'b', disk: 'ssd' }, {}];
  cluster = await Cluster.start({ nodes: labels.map(each => ({ numCpus: 2, labels: each })) });
  await cluster.connect();
  ids.push(...cluster.nodes.map(({ id }) => id));
  await until(async () => (await nodes()).length === 3);
});
afterAll(async () => {
  await cluster.end();
  rmSync(root, { recursive: true, force: true });
});

async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 5));
}
const running = (folder: string) =>
  readdirSync(folder)
    .filter(name => name.includes(' '))
    .map(name => name.split(' ')[0]);
const go = (folder: string) => writeFileSync(join(folder, 'go'), '');
const names = (nodeIds: readonly (string | undefined)[]) => nodeIds.map(id => ids.indexOf(id as string)).sort();

test.each([
  ['a', [0]],
  ['!a', [1, 2]],
  ['in(a, b)', [0, 1]],
  ['!in(a,b)', [2]],
  [
    ['a', 'b'],
    [0, 1],
  ],
])('zone: %j keeps tasks on nodes %j', async (zone, allowed) => {
  const folder = newFolder();
  const refs = Array.from({ length: 2 * allowed.length }, () =>
    stays.options({ labelSelector: { zone } }).remote(folder),
  );
  await until(() => running(folder).length === refs.length);
  go(folder);
  expect(new Set(names(await get(refs)))).toEqual(new Set(allowed));
});

test('labels that are only wished for are kept while there is room, and then not', async () => {
  const folder = newFolder();
  const wishes = stays.options({ schedulingStrategy: { labels: { soft: { disk: 'ssd' } } } });
  const refs = [wishes.remote(folder), wishes.remote(folder)];
  await until(() => running(folder).length === 2);
  expect(names(running(folder))).toEqual([1, 1]);
  refs.push(wishes.remote(folder));
  await until(() => running(folder).length === 3);
  expect(names(running(folder)).filter(name => name === 1)).toHaveLength(2);
  go(folder);
  await get(refs);
});

test('SPREAD takes the nodes in turn', async () => {
  const folder = newFolder();
  const refs = Array.from({ length: 3 }, () => stays.options({ schedulingStrategy: 'SPREAD' }).remote(folder));
  await until(() => running(folder).length === 3);
  expect(names(running(folder))).toEqual([0, 1, 2]);
  go(folder);
  await get(refs);
});

test('work for a node that is busy waits for it, and says so, though others are idle; soft changes that only when it cannot', async () => {
  const folder = newFolder();
  const [nodeId] = ids as [string];
  const pinned = stays.options({ schedulingStrategy: { nodeId } });
  const first = [pinned.remote(folder), pinned.remote(folder)];
  await until(() => running(folder).length === 2);
  const third = pinned.remote(folder, 'go');
  const fourth = where.options({ schedulingStrategy: { nodeId, soft: true } }).remote();
  expect(await explain(third)).toMatch(/1 CPU.*other work holds/);
  expect(await wait([third, fourth], { timeout: 300 })).toEqual([[], [third, fourth]]);
  go(folder);
  expect(new Set(await get([...first, third, fourth]))).toEqual(new Set([nodeId]));
  const large = where
    .options({ numCpus: 2, resources: { rare: 1 }, schedulingStrategy: { nodeId, soft: true } })
    .remote();
  const added = await cluster.addNode({ numCpus: 2, resources: { rare: 1 } });
  expect(await get(large)).toBe(added.id);
  await added.stop();
});

test('what waits for a node that it names fails when that node dies, and says what to do', async () => {
  const folder = newFolder();
  const { id } = await cluster.addNode({ numCpus: 1, labels: { short: 'lived' } });
  const pinned = { schedulingStrategy: { nodeId: id }, maxRetries: 0 };
  const runs = stays.options(pinned).remote(folder);
  await until(() => running(folder).length === 1);
  const waits = where.options({ ...pinned, maxRetries: 3 }).remote();
  await cluster.node(id).stop();
  await expect(get(waits)).rejects.toThrow(UnschedulableError);
  await expect(get(waits)).rejects.toThrow('soft: true');
  await expect(get(runs)).rejects.toThrow(id);
});

test('no node matches: one warning, and explain tells which labels there are', async () => {
  const ref = where.options({ labelSelector: { zone: 'q' } }).remote();
  expect(await explain(ref)).toMatch(
    /no node of the cluster has that: no node has the labels zone=q \(there is a, b\)/,
  );
  const added = await cluster.addNode({ numCpus: 1, labels: { zone: 'q' } });
  expect(await get(ref)).toBe(added.id);
  await added.stop();
});

test('a draining node gets nothing new, and keeps what it runs', async () => {
  const folder = newFolder();
  const added = await cluster.addNode({ numCpus: 2, resources: { drained: 1 } });
  const runs = stays.options({ resources: { drained: 1 } }).remote(folder);
  await until(() => running(folder).length === 1);
  await added.drain();
  await until(async () => (await nodes()).some(({ state }) => state === 'DRAINING'));
  const places = await get(Array.from({ length: 8 }, () => where.options({ schedulingStrategy: 'SPREAD' }).remote()));
  expect(places).not.toContain(added.id);
  const waits = where.options({ resources: { drained: 0.1 } }).remote();
  expect(await explain(waits)).toMatch(/drained/);
  go(folder);
  expect(await get(runs)).toBe(added.id);
  expect(await wait([waits], { timeout: 200 })).toEqual([[], [waits]]);
  await added.stop();
});

test('nested tasks stay where their parent runs while less than half of it is in use', async () => {
  const [nodeId] = ids as [string];
  expect(new Set(await get(nested.options({ schedulingStrategy: { nodeId } }).remote()))).toEqual(new Set([nodeId]));
});

describe('what was sent to a node that turns out to be full', () => {
  const fullFolder = newFolder();
  let full: string;
  let busy: ObjectRef<unknown>;
  beforeAll(async () => {
    full = (await cluster.addNode({ numCpus: 2, resources: { chip: 2 } })).id;
    busy = occupies.options({ schedulingStrategy: { nodeId: full } }).remote(fullFolder, 2);
    await until(() => running(fullFolder).filter(nodeId => nodeId === full).length === 2);
  });
  afterAll(async () => {
    go(fullFolder);
    await get(busy);
    await cluster.node(full).stop();
  });

  test('waits there, and runs elsewhere as soon as it can, once', async () => {
    const folder = newFolder();
    const refs = [1, 2].map(() => stays.options({ resources: { chip: 1 } }).remote(folder));
    await until(async () => /was sent to another node/.test(await explain(refs[0] as ObjectRef<unknown>)));
    await until(async () => /was sent to another node/.test(await explain(refs[1] as ObjectRef<unknown>)));
    expect(running(folder)).toEqual([]);
    const added = await cluster.addNode({ numCpus: 2, resources: { chip: 2 } });
    await until(() => running(folder).length === 2);
    go(folder);
    expect(await get(refs)).toEqual([added.id, added.id]);
    expect(running(folder)).toHaveLength(2);
    await added.stop();
  });

  test('can be cancelled there', async () => {
    const ref = where.options({ resources: { chip: 1 } }).remote();
    await until(async () => /was sent to another node/.test(await explain(ref)));
    await cancel(ref);
    await expect(get(ref)).rejects.toThrow('cancelled');
  });
});

test('however often tasks are sent and given back, each runs exactly once', async () => {
  const file = join(newFolder(), 'notes');
  const selector = { labelSelector: { burst: 'yes' } };
  const first = await cluster.addNode({ numCpus: 1, labels: { burst: 'yes' } });
  // Short ones teach that they are short; then each takes longer than all that were sent ahead with it may wait.
  await get(Array.from({ length: 50 }, (_, i) => notes.options(selector).remote(file, i, 0)));
  const refs = Array.from({ length: 40 }, (_, i) => notes.options(selector).remote(file, 100 + i, 150));
  await until(() => readFileSync(file, 'utf8').includes('100\n'));
  for (let i = 0; i < 2; i++) await cluster.addNode({ numCpus: 2, labels: { burst: 'yes' } });
  await get(refs);
  const numbers = readFileSync(file, 'utf8').trim().split('\n').map(Number);
  expect(numbers.sort((a, b) => a - b)).toEqual([
    ...Array.from({ length: 50 }, (_, i) => i),
    ...Array.from({ length: 40 }, (_, i) => 100 + i),
  ]);
  expect(first.id).toBeDefined();
});

test('actors that hold nothing go to the nodes in turn; those that hold something go where it is free', async () => {
  const light = Array.from({ length: 3 }, () => Lives.options({ labelSelector: { zone: 'in(a,b)' } }).remote());
  expect(new Set(names(await get(light.map(actor => actor.where.remote()))))).toEqual(new Set([0, 1]));
  const heavy = Array.from({ length: 2 }, () =>
    Lives.options({ numCpus: 2, labelSelector: { zone: 'in(a,b)' } }).remote(),
  );
  expect(names(await get(heavy.map(actor => actor.where.remote())))).toEqual([0, 1]);
});
