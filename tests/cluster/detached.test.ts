import {
  ActorDiedError,
  type ActorHandle,
  ActorNotFoundError,
  availableResources,
  get,
  getActor,
  getPlacementGroupInfo,
  kill,
  nodes,
  type PlacementGroup,
  PlacementGroupRemovedError,
  placementGroup,
  remote,
  runtimeContext,
} from 'aktis';
import { Cluster, type TestNodeOptions } from 'aktis/testing';

// What outlives nodes and drivers, and what becomes of it when they die.

const timing = { heartbeat: 300, tick: 150, suspectAfter: 1_500, deadAfter: 3_000, storeLossLimit: 2_500 };

@remote
class Tally {
  #count = 0;
  add() {
    return ++this.#count;
  }
  where() {
    return runtimeContext().nodeId;
  }
}
const finds = remote(async function finds(name: string) {
  const options = { name, namespace: 'all', getIfExists: true, lifetime: 'detached', maxRestarts: -1 } as const;
  return await get(
    Tally.options({ ...options, maxTaskRetries: -1 })
      .remote()
      .add.remote(),
  );
});
const call = (actor: ActorHandle<Tally>) => get(actor.add.remote());
const whereIs = (actor: ActorHandle<Tally>) => get(actor.where.remote());
const detached = { lifetime: 'detached', namespace: 'all', maxRestarts: -1, maxTaskRetries: -1 } as const;
const at = (nodeId: string) => ({ schedulingStrategy: { nodeId, soft: true } }) as const;

const inBundle = (group: PlacementGroup | { id: string }, bundleIndex: number) => ({
  schedulingStrategy: { placementGroup: group, bundleIndex },
});
const homeOf = ({ id }: PlacementGroup) => cluster.node(id.slice(0, 32));
const where = remote(function where() {
  return runtimeContext().nodeId;
});
const whereInGroup = remote(async function whereInGroup(group: { id: string }, bundleIndex: number) {
  return await get(where.options(inBundle(group, bundleIndex)).remote());
});
const placesOf = async ({ id }: PlacementGroup) =>
  (await getPlacementGroupInfo(id))?.bundles.map(({ nodeId }) => nodeId) ?? [];
async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 10));
}
const allIsFree = () => until(async () => (await availableResources()).CPU === (await nodes()).length);

/** Each node costs the time in which its threads start. */
const small = { numCpus: 1 };
const addNode = (options: TestNodeOptions = {}) => cluster.addNode({ ...small, ...options });

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ nodes: Array(3).fill(small), timing });
  await cluster.connect();
});
afterAll(() => cluster.end());

test.each([
  ['with a name', { name: 'given' }],
  ['without one', {}],
])('a detached actor %s whose node dies before it has it comes to life on another', async (_, named) => {
  const victim = await addNode();
  victim.freeze();
  const given = Tally.options({ ...detached, ...named, ...at(victim.id) }).remote();
  const once = Tally.options({ ...detached, ...at(victim.id), maxRestarts: 0 }).remote();
  const values = Promise.allSettled([call(given), call(once)]);
  await new Promise(resolve => setTimeout(resolve, 50));
  await victim.kill();
  expect(await values).toMatchObject([{ value: 1 }, { reason: expect.any(ActorDiedError) }]);
  expect(await whereIs(given)).not.toBe(victim.id);
  await kill(given);
});

test('a detached actor that no node has room for waits for one', async () => {
  const actor = Tally.options({ ...detached, resources: { rare: 1 } }).remote();
  const value = call(actor);
  const [first, second] = [await addNode({ resources: { rare: 1 } }), await addNode()];
  expect(await value).toBe(1);
  expect(await whereIs(actor)).toBe(first.id);
  await kill(actor);
  await Promise.all([first.stop(), second.stop()]);
});

test('a node that follows an actor by its name can inherit it', async () => {
  const victim = await addNode();
  const actor = Tally.options({ ...detached, name: 'followed', ...at(victim.id) }).remote();
  expect(await call(actor)).toBe(1);
  const everywhere = () => cluster.nodes.map(({ id }) => finds.options(at(id)).remote('followed'));
  expect((await get(everywhere())).toSorted()).toEqual([2, 3, 4, 5]);
  await victim.kill();
  expect(await call(actor)).toBe(1);
  expect((await get(everywhere())).toSorted()).toEqual([2, 3, 4]);
  expect(await call(await getActor<typeof Tally>('followed', { namespace: 'all' }))).toBe(5);
  await kill(actor);
});

test('each node that dies with a detached actor costs it a restart, and then it is dead', async () => {
  const actor = Tally.options({ ...detached, name: 'mortal', maxRestarts: 1 }).remote();
  for (let life = 0; life < 2; life++) {
    expect(await call(actor)).toBe(1);
    await cluster.node(await whereIs(actor)).kill();
    await addNode();
  }
  await expect(call(actor)).rejects.toThrow(ActorDiedError);
  const next = Tally.options({ ...detached, name: 'mortal' }).remote();
  expect(await call(next)).toBe(1);
  await kill(next);
});

test('an actor that is killed while its node hangs does not live on elsewhere when that node is dead', async () => {
  const victim = await addNode();
  const actor = Tally.options({ ...detached, name: 'unwanted', ...at(victim.id) }).remote();
  expect(await whereIs(actor)).toBe(victim.id);
  victim.freeze();
  await kill(actor);
  await victim.kill();
  const isFound = () =>
    getActor<typeof Tally>('unwanted', { namespace: 'all' }).then(
      () => true,
      error => !(error instanceof ActorNotFoundError),
    );
  await until(async () => !(await isFound()));
});

test('a detached group outlives its home, with what runs in the bundles that are left', async () => {
  const group = placementGroup([{ CPU: 1 }, { CPU: 1 }], {
    strategy: 'STRICT_SPREAD',
    lifetime: 'detached',
    name: 'kept',
  });
  await get(group.ready());
  for (let round = 1; round <= 2; round++) {
    const places = await placesOf(group);
    const actors = [0, 1].map(i =>
      Tally.options({ numCpus: 0.5, maxRestarts: -1, maxTaskRetries: -1, ...inBundle(group, i) }).remote(),
    );
    expect(await Promise.all(actors.map(whereIs))).toEqual(places);
    expect(await Promise.all(actors.map(call))).toEqual([1, 1]);
    // Its home, and (in the first round, perhaps the same) one that has a bundle.
    const home = cluster.nodes.find(({ id }) => id === group.id.slice(0, 32));
    await Promise.all([home?.kill(), cluster.nodes.find(({ id }) => id === places[0])?.kill()]);
    while (cluster.nodes.length < 3) await addNode();
    const values = await Promise.all(actors.map(call));
    expect(values[0]).toBe(1);
    expect(values[1]).toBe(places[1] === home?.id ? 1 : 2);
    const now = await Promise.all(actors.map(whereIs));
    expect(new Set(now).size).toBe(2);
    expect(now).not.toContain(places[0]);
    await until(async () => (await getPlacementGroupInfo(group.id))?.state === 'CREATED');
    expect(await placesOf(group)).toEqual(now);
    await Promise.all(actors.map(actor => kill(actor)));
  }
  const elsewhere = cluster.nodes.map(({ id }) =>
    whereInGroup.options({ numCpus: 0, ...at(id) }).remote({ id: group.id }, 1),
  );
  expect(new Set(await get(elsewhere)).size).toBe(1);
  await group.remove();
  await expect(get(where.options(inBundle(group, 0)).remote())).rejects.toThrow(PlacementGroupRemovedError);
  await expect(get(whereInGroup.remote({ id: group.id }, 1))).rejects.toThrow(/has been removed/);
  await allIsFree();
});

test('a detached group whose node dies before it has it is kept by another', async () => {
  // The first is asked: the others have come later.
  const probe = placementGroup([{ CPU: 1 }], { lifetime: 'detached' });
  const first = homeOf(probe);
  await probe.remove();
  first.freeze();
  const group = placementGroup([{ CPU: 1 }], { lifetime: 'detached' });
  const value = get(where.options(inBundle(group, 0)).remote());
  await new Promise(resolve => setTimeout(resolve, 50));
  await first.kill();
  await get(group.ready());
  expect(await value).not.toBe(first.id);
  await group.remove();
  await addNode();
});

test('a detached group that is removed while the store is away does not come back when its home dies', async () => {
  const group = placementGroup([{ CPU: 1 }], { lifetime: 'detached' });
  await get(group.ready());
  const home = homeOf(group);
  await cluster.killServer();
  const removed = group.remove();
  await expect(get(where.options(inBundle(group, 0)).remote())).rejects.toThrow(PlacementGroupRemovedError);
  await home.kill();
  await cluster.restartServer();
  await cluster.declaredDead(home.id);
  await removed;
  // Who takes over what that node kept does so at once.
  await addNode();
  await allIsFree();
});

test('a group whose nodes lose each other for a moment is there afterwards, and nothing is reserved twice', async () => {
  const group = placementGroup([{ CPU: 1 }, { CPU: 1 }, { CPU: 1 }], {
    strategy: 'STRICT_SPREAD',
    lifetime: 'detached',
  });
  await get(group.ready());
  const home = homeOf(group);
  const others = cluster.nodes.filter(node => node !== home);
  for (let i = 0; i < 3; i++) {
    cluster.partition(home, others);
    cluster.heal();
    const runs = [0, 1, 2].map(bundle => where.options({ numCpus: 1, ...inBundle(group, bundle) }).remote());
    expect(new Set(await get(runs)).size).toBe(3);
  }
  await group.remove();
  await allIsFree();
});
