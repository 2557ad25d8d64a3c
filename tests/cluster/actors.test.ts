import {
  ActorDiedError,
  type ActorHandle,
  ActorNotFoundError,
  ActorUnavailableError,
  get,
  getActor,
  kill,
  NameTakenError,
  put,
  Queue,
  remote,
  runtimeContext,
} from 'aktis';
import { Cluster } from 'aktis/testing';

@remote()
class Counter {
  #value: number;
  constructor(start = 0) {
    this.#value = start;
  }
  add(by = 1) {
    return (this.#value += by);
  }
  where() {
    return runtimeContext().nodeId;
  }
  wasRestarted() {
    return runtimeContext().wasRestarted;
  }
  crash() {
    process.exit(3);
  }
  refuse() {
    throw new TypeError('refused');
  }
  never() {
    return new Promise<never>(() => {});
  }
  *items(count: number) {
    for (let i = 0; i < count; i++) yield i;
  }
}
const addsTen = remote(async function addsTen({ counter }: { counter: ActorHandle<Counter> }) {
  return await get(counter.add.remote(10));
});
const makes = remote(async function makes() {
  const counter = Counter.remote(100);
  await get(counter.add.remote());
  return { counter };
});
const addsByName = remote(async function addsByName(name: string) {
  return await get((await getActor<typeof Counter>(name)).add.remote());
});

let cluster: Cluster;
beforeEach(async () => {
  cluster = await Cluster.start({ nodes: 3 });
  await cluster.connect();
});
afterEach(() => cluster.end());

test('actors spread over the nodes, and are called as on one machine', async () => {
  const counters = [1, 2, 3].map(start => Counter.remote(start));
  expect(await get(counters.map(counter => counter.add.remote(put(5))))).toEqual([6, 7, 8]);
  expect(new Set(await get(counters.map(counter => counter.where.remote()))).size).toBe(3);
  const [first] = counters as [ActorHandle<Counter>];
  await expect(get(first.refuse.remote())).rejects.toThrow(TypeError);
  let total = 0;
  for await (const ref of first.items.remote(100)) total += await get(ref);
  expect(total).toBe(4_950);
  const many = await get(Array.from({ length: 2_000 }, () => first.add.remote()));
  expect(many).toEqual(Array.from({ length: 2_000 }, (_, i) => 7 + i));
});

test('handles travel, and mean the same actor everywhere', async () => {
  const counter = Counter.remote(1);
  expect(await get(addsTen.remote({ counter }))).toBe(11);
  expect(await get(counter.add.remote(0))).toBe(11);
  const { counter: made } = await get(makes.remote());
  expect(await get(made.add.remote())).toBe(102);
  expect(await get(addsTen.options({ schedulingStrategy: 'SPREAD' }).remote({ counter: made }))).toBe(112);
});

test('a name belongs to one actor of the whole cluster', async () => {
  const counter = Counter.options({ name: 'hits' }).remote(50);
  expect(await get(counter.add.remote())).toBe(51);
  expect(await get(addsByName.remote('hits'))).toBe(52);
  await expect(get(Counter.options({ name: 'hits' }).remote().add.remote())).rejects.toThrow(NameTakenError);
  expect(await get(Counter.options({ name: 'hits', getIfExists: true }).remote().add.remote())).toBe(53);
  await expect(getActor('hitz')).rejects.toThrow(ActorNotFoundError);
  // Also by a node that did not make it: the names are those of the cluster.
  await expect(get(addsByName.options({ maxRetries: 0 }).remote('hitz'))).rejects.toThrow(/did you mean 'hits'/);
  await kill(counter);
  await expect(get(counter.add.remote())).rejects.toThrow(ActorDiedError);
});

test('an actor that dies comes back, and one whose node dies comes back elsewhere', async () => {
  const counter = Counter.options({ maxRestarts: 2 }).remote(7);
  await expect(get(counter.crash.remote())).rejects.toThrow(ActorUnavailableError);
  expect(await get([counter.add.remote(), counter.wasRestarted.remote()])).toEqual([8, true]);
  const home = await get(counter.where.remote());
  const inFlight = get(counter.never.remote()).catch(error => error);
  await cluster.node(home).kill();
  expect(await inFlight).toBeInstanceOf(ActorUnavailableError);
  expect(await get(counter.add.remote())).toBe(8);
  expect(await get(counter.where.remote())).not.toBe(home);
  const fragile = Counter.remote();
  await cluster.node(await get(fragile.where.remote())).kill();
  await expect(get(fragile.add.remote())).rejects.toThrow(ActorDiedError);
});

test('calls with retries are sent again to the new instance', async () => {
  const counter = Counter.options({ maxRestarts: -1, maxTaskRetries: -1 }).remote(1);
  const home = await get(counter.where.remote());
  const refs = Array.from({ length: 200 }, () => counter.add.remote());
  await cluster.node(home).kill();
  const values = await get(refs);
  expect(values.every(value => value > 1)).toBe(true);
});

test('a detached actor outlives the node it was on', async () => {
  const counter = Counter.options({ name: 'kept', namespace: 'all', lifetime: 'detached', maxRestarts: -1 }).remote(9);
  expect(await get(counter.add.remote())).toBe(10);
  const home = await get(counter.where.remote());
  await cluster.node(home).kill();
  expect(await get(counter.add.remote())).toBe(10);
  expect(await get(counter.where.remote())).not.toBe(home);
  const found = await getActor<typeof Counter>('kept', { namespace: 'all' });
  expect(await get(found.add.remote())).toBe(11);
});

test('an actor that holds resources waits for a node with room', async () => {
  const holders = Array.from({ length: 6 }, () => Counter.options({ numCpus: 1 }).remote());
  await get(holders.map(holder => holder.add.remote()));
  const waiting = Counter.options({ numCpus: 1 }).remote(1);
  const value = get(waiting.add.remote());
  await kill(holders[0] as ActorHandle<Counter>);
  expect(await value).toBe(2);
});

test('utilities work over nodes', async () => {
  const queue = new Queue<number>();
  await queue.put(1);
  expect(await queue.get()).toBe(1);
});
