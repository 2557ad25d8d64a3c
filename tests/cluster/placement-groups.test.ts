import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import {
  ActorDiedError,
  type ActorHandle,
  availableResources,
  explain,
  get,
  getPlacementGroupInfo,
  nodes,
  type PlacementGroup,
  PlacementGroupRemovedError,
  placementGroup,
  remote,
  removePlacementGroup,
  runtimeContext,
  UnschedulableError,
  wait,
} from 'aktis';
import { Cluster } from 'aktis/testing';
import { AktisCommand } from './support/aktis-command.ts';

const where = remote(function where() {
  return runtimeContext().nodeId;
});
/** Says by a file that it runs, and where; ends when `go` exists. */
const stays = remote(async function stays(folder: string) {
  const { nodeId, taskId } = runtimeContext();
  writeFileSync(join(folder, `${nodeId} ${taskId}`), '');
  while (!existsSync(join(folder, 'go'))) await new Promise(resolve => setTimeout(resolve, 5));
  return nodeId;
});
const spin = remote(async function spin() {
  await new Promise(resolve => setTimeout(resolve, 20));
});
const parent = remote(async function parent() {
  return [runtimeContext().nodeId, ...(await get([where.remote(), where.remote()]))];
});
/** A group that travels, and work in it from another node. */
const inGroup = remote(async function inGroup(group: PlacementGroup | { id: string }, bundleIndex: number) {
  if ('ready' in group) await get(group.ready());
  return get(where.options({ schedulingStrategy: { placementGroup: group, bundleIndex } }).remote());
});
const makesGroup = remote(async function makesGroup() {
  const group = placementGroup([{ CPU: 1 }], { name: 'made in a task' });
  await get(group.ready());
  const id = await get(where.options({ schedulingStrategy: { placementGroup: group } }).remote());
  await group.remove();
  return id;
});
@remote()
class Lives {
  where() {
    return runtimeContext().nodeId;
  }
}
const whereOf = (actor: ActorHandle<Lives>) => get(actor.where.remote());

const root = mkdtempSync(join(tmpdir(), 'aktis-groups-'));
const newFolder = () => mkdtempSync(join(root, 'x-'));
let cluster: Cluster;
let ids: string[];
/** Three nodes of 2 CPUs. */
beforeAll(async () => {
  cluster = await Cluster.start({ nodes: 3, store: 'nats' });
  await cluster.connect();
  await until(async () => (await nodes()).length === 3);
  ids = cluster.nodes.map(({ id }) => id);
});
afterEach(() => until(async () => (await availableResources()).CPU === 2 * (await nodes()).length));
afterAll(async () => {
  await cluster.end();
  rmSync(root, { recursive: true, force: true });
});

async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 5));
}
async function placesOf(group: PlacementGroup): Promise<(string | undefined)[]> {
  return (await getPlacementGroupInfo(group.id))?.bundles.map(({ nodeId }) => nodeId) ?? [];
}
const running = (folder: string) => readdirSync(folder).filter(name => name.includes(' '));
const go = (folder: string) => writeFileSync(join(folder, 'go'), '');
const within = (group: PlacementGroup, bundleIndex = -1) => ({
  schedulingStrategy: { placementGroup: group, bundleIndex },
});

test.each([
  ['STRICT_SPREAD', [{ CPU: 1 }, { CPU: 1 }, { CPU: 1 }], 3],
  ['SPREAD', [{ CPU: 1 }, { CPU: 1 }, { CPU: 1 }, { CPU: 1 }], 3],
  ['PACK', [{ CPU: 1 }, { CPU: 1 }, { CPU: 1 }], 2],
  ['STRICT_PACK', [{ CPU: 1 }, { CPU: 1 }], 1],
] as const)('%s: %j lie on %i nodes, and work runs where its bundle is', async (strategy, bundles, count) => {
  const group = placementGroup(bundles, { strategy });
  await get(group.ready());
  const places = await placesOf(group);
  expect(new Set(places).size).toBe(count);
  const runs = bundles.map((_, i) => where.options(within(group, i)).remote());
  expect(await get(runs)).toEqual(places);
  const actors = bundles.map((_, i) => Lives.options({ numCpus: 0.5, ...within(group, i) }).remote());
  expect(await Promise.all(actors.map(whereOf))).toEqual(places);
  const light = Lives.options(within(group, 1)).remote();
  expect(await whereOf(light)).toBe(places[1]);
  await group.remove();
});

test('what a group has reserved is kept for it alone, and work without an index goes to any bundle with room', async () => {
  const group = placementGroup(
    ids.map(() => ({ CPU: 2 })),
    { strategy: 'STRICT_SPREAD' },
  );
  await get(group.ready());
  await until(async () => (await availableResources()).CPU === 0);
  const outside = where.remote();
  expect(await explain(outside)).toMatch(/other work holds/);
  const folder = newFolder();
  const inside = Array.from({ length: 6 }, () => stays.options(within(group)).remote(folder));
  await until(() => running(folder).length === 6);
  const seventh = where.options(within(group, 0)).remote();
  expect(await explain(seventh)).toMatch(/of placement group .*other work in it holds/);
  expect(await wait([outside, seventh], { timeout: 100 })).toEqual([[], [outside, seventh]]);
  go(folder);
  const places = await get(inside);
  expect(ids.map(id => places.filter(place => place === id).length)).toEqual([2, 2, 2]);
  await get(seventh);
  await group.remove();
  expect(ids).toContain(await get(outside));
});

test('the group travels: other nodes run work in it, by its value or its id alone', async () => {
  const group = placementGroup([{ CPU: 1 }, { CPU: 1 }], { strategy: 'STRICT_SPREAD' });
  await get(group.ready());
  const places = await placesOf(group);
  for (const nodeId of ids) {
    const there = inGroup.options({ schedulingStrategy: { nodeId } });
    expect(await get([there.remote({ id: group.id }, 0), there.remote(group, 1)])).toEqual(places);
  }
  await removePlacementGroup({ ...group, id: group.id } as PlacementGroup);
});

test('children run in the same group, if the strategy says so', async () => {
  const group = placementGroup([{ CPU: 2 }], { strategy: 'STRICT_PACK' });
  await get(group.ready());
  const [place] = await placesOf(group);
  const strategy = { placementGroup: group, captureChildTasks: true };
  expect(await get(parent.options({ schedulingStrategy: strategy }).remote())).toEqual([place, place, place]);
  await group.remove();
});

test('a task can create a group, and what it reserved is free when it is removed', async () => {
  expect(ids).toContain(await get(makesGroup.remote()));
});

test('work submitted before the group is ready waits for it', async () => {
  const all = placementGroup(ids.map(() => ({ CPU: 2 })));
  await get(all.ready());
  const group = placementGroup([{ CPU: 1 }, { CPU: 1 }], { strategy: 'STRICT_SPREAD', name: 'second' });
  const ref = where.options(within(group, 1)).remote();
  const actor = Lives.options({ numCpus: 1, ...within(group, 0) }).remote();
  expect(await explain(ref)).toMatch(/waits for placement group .*other work holds at the moment/);
  expect(await explain(group.ready())).toBe(
    'placement group second is not reserved yet: it needs 2 CPU, which other work holds at the moment',
  );
  expect(await group.wait(50)).toBe(false);
  await all.remove();
  const [first, second] = await group.wait(30_000).then(() => placesOf(group));
  expect([await whereOf(actor), await get(ref)]).toEqual([first, second]);
  await group.remove();
});

test('groups that want the same at once all become ready, one after the other', async () => {
  const wants = () =>
    placementGroup(
      ids.map(() => ({ CPU: 2 })),
      { strategy: 'STRICT_SPREAD' },
    );
  const made = await Promise.all(
    [wants(), wants(), wants()].map(async group => {
      await get(group.ready());
      const places = await get(ids.map((_, i) => where.options(within(group, i)).remote()));
      await group.remove();
      return new Set(places).size;
    }),
  );
  expect(made).toEqual([3, 3, 3]);
});

test('a group does not starve while short tasks keep every node busy', async () => {
  let isEnough = false;
  const load = Promise.all(
    Array.from({ length: 12 }, async () => {
      while (!isEnough) await get([spin.remote(), spin.remote()]);
    }),
  );
  const group = placementGroup([{ CPU: 2 }, { CPU: 2 }], { strategy: 'STRICT_SPREAD' });
  await get(group.ready());
  isEnough = true;
  await load;
  await group.remove();
});

test('a group that no nodes can hold stays pending, says why, and is ready when they come', async () => {
  const group = placementGroup(
    Array.from({ length: 4 }, () => ({ CPU: 1 })),
    { strategy: 'STRICT_SPREAD', name: 'wide' },
  );
  expect(await explain(group.ready())).toMatch(
    'wide is not reserved yet: STRICT_SPREAD wants 4 different nodes, and there are 3',
  );
  expect(await getPlacementGroupInfo(group.id)).toMatchObject({ state: 'PENDING', name: 'wide' });
  const gold = placementGroup([{ gold: 1 }]);
  expect(await explain(gold.ready())).toMatch(/1 gold, and no node has that/);
  const added = await cluster.addNode({ numCpus: 2, resources: { gold: 1 } });
  await get([group.ready(), gold.ready()]);
  expect(await placesOf(gold)).toEqual([added.id]);
  await Promise.all([group.remove(), gold.remove()]);
  await added.stop();
  await until(async () => (await nodes()).length === 3);
});

test('removing a group ends what runs in it, wherever, and later work is refused', async () => {
  const group = placementGroup([{ CPU: 1 }, { CPU: 1 }], { strategy: 'STRICT_SPREAD' });
  const folder = newFolder();
  const tasks = [0, 1].map(index => stays.options(within(group, index)).remote(folder));
  await until(() => running(folder).length === 2);
  const queued = stays.options(within(group, 0)).remote(folder);
  await group.remove();
  for (const ref of [...tasks, queued]) await expect(get(ref)).rejects.toThrow(PlacementGroupRemovedError);
  await expect(get(where.options(within(group)).remote())).rejects.toThrow(PlacementGroupRemovedError);
  await expect(get(stays.options(within(group, 0)).remote(folder))).rejects.toThrow(PlacementGroupRemovedError);
  await expect(whereOf(Lives.options(within(group)).remote())).rejects.toThrow(ActorDiedError);
  expect(await getPlacementGroupInfo(group.id)).toMatchObject({ state: 'REMOVED' });
});

test('actors of a removed group are dead, and say why', async () => {
  const group = placementGroup([{ CPU: 1 }, { CPU: 1 }], { strategy: 'STRICT_SPREAD' });
  const actors = [0, 1].map(index => Lives.options({ numCpus: 1, ...within(group, index) }).remote());
  await Promise.all(actors.map(whereOf));
  await group.remove();
  for (const actor of actors) {
    await expect(whereOf(actor)).rejects.toThrow(ActorDiedError);
    await expect(whereOf(actor)).rejects.toThrow(/placement group .* has been removed/);
  }
});

test('a bundle that there is not is refused', async () => {
  const group = placementGroup([{ CPU: 1 }]);
  await expect(get(where.options(within(group, 1)).remote())).rejects.toThrow(UnschedulableError);
  await group.remove();
});

test('when a node dies its bundles are placed again, and the work in them goes there', async () => {
  const added = await cluster.addNode({ numCpus: 2, resources: { rare: 1 } });
  const group = placementGroup([{ CPU: 1 }, { CPU: 1, rare: 1 }], { strategy: 'STRICT_SPREAD' });
  await get(group.ready());
  expect((await placesOf(group))[1]).toBe(added.id);
  const folder = newFolder();
  const retried = stays.options({ numCpus: 0.5, ...within(group, 1) }).remote(folder);
  const actor = Lives.options({ numCpus: 0.5, maxRestarts: 1, maxTaskRetries: 3, ...within(group, 1) }).remote();
  expect(await whereOf(actor)).toBe(added.id);
  await until(() => running(folder).length === 1);
  await added.stop();
  expect(await explain(retried)).toMatch(/waits for placement group .*rare/);
  expect(await group.wait(50)).toBe(false);
  expect(await getPlacementGroupInfo(group.id)).toMatchObject({ state: 'RESCHEDULING' });
  const next = await cluster.addNode({ numCpus: 2, resources: { rare: 1 } });
  await until(() => running(folder).length === 2);
  go(folder);
  expect(await get(retried)).toBe(next.id);
  expect(await whereOf(actor)).toBe(next.id);
  await get(group.ready());
  expect((await placesOf(group))[1]).toBe(next.id);
  await group.remove();
  await next.stop();
  await until(async () => (await nodes()).length === 3);
});

/** A program that makes two groups, the second one detached, says their ids and ends when it is told to. */
const program = `
import { once } from 'node:events';
import { get, init, placementGroup } from 'aktis';
await init();
const groups = [placementGroup([{ CPU: 1 }]), placementGroup([{ CPU: 1 }], { lifetime: 'detached' })];
await get(groups.map(group => group.ready()));
console.log(JSON.stringify(groups.map(({ id }) => ({ id }))));
await once(process.stdin, 'data');
process.exit(0);
`;
async function otherDriver(): Promise<{ groups: { id: string }[]; end(): Promise<void> }> {
  const command = new AktisCommand();
  command.program('other.mjs', program);
  const { address, token } = cluster;
  const { child, ended } = command.begin(['run', 'other.mjs'], { AKTIS_ADDRESS: address, AKTIS_TOKEN: token });
  const [line] = (await once(createInterface(child.stdout as Readable), 'line')) as [string];
  return {
    groups: JSON.parse(line) as { id: string }[],
    async end() {
      child.stdin?.write('end');
      await ended;
      await command.end();
    },
  };
}

test('a group ends with its driver, unless it is detached', async () => {
  const other = await otherDriver();
  const [group, detached] = other.groups;
  const work = (of: { id: string } | undefined) =>
    get(where.options({ schedulingStrategy: { placementGroup: of as { id: string } } }).remote());
  expect(ids).toContain(await work(group));
  await other.end();
  // It left without a word, so it takes a moment until it is known to be dead, and not only its links to be broken.
  let ended: unknown;
  await until(async () => {
    ended = await work(group).then(
      () => undefined,
      error => error,
    );
    return ended !== undefined;
  });
  expect(ended).toBeInstanceOf(PlacementGroupRemovedError);
  expect(ids).toContain(await work(detached));
  expect(await getPlacementGroupInfo(detached?.id as string)).toMatchObject({ state: 'CREATED' });
  await removePlacementGroup(detached as PlacementGroup);
});
