import { ActorDiedError, type ActorHandle, get, getActor, kill, remote, runtimeContext } from 'aktis';
import { Cluster } from 'aktis/testing';

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

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ nodes: 3, timing });
  await cluster.connect();
});
afterAll(() => cluster.end());

test.each([
  ['with a name', { name: 'given' }],
  ['without one', {}],
])('a detached actor %s whose node dies before it has it comes to life on another', async (_, named) => {
  const victim = await cluster.addNode();
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
  const [first, second] = [await cluster.addNode({ resources: { rare: 1 } }), await cluster.addNode()];
  expect(await value).toBe(1);
  expect(await whereIs(actor)).toBe(first.id);
  await kill(actor);
  await Promise.all([first.stop(), second.stop()]);
});

test('a node that follows an actor by its name can inherit it', async () => {
  const victim = await cluster.addNode();
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
  const actor = Tally.options({ ...detached, name: 'mortal', maxRestarts: 2 }).remote();
  for (let life = 0; life < 3; life++) {
    expect(await call(actor)).toBe(1);
    await cluster.node(await whereIs(actor)).kill();
    await cluster.addNode();
  }
  await expect(call(actor)).rejects.toThrow(ActorDiedError);
  const next = Tally.options({ ...detached, name: 'mortal' }).remote();
  expect(await call(next)).toBe(1);
  await kill(next);
});
