import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  ActorDiedError,
  type ActorHandle,
  get,
  getActor,
  NodeDiedError,
  nodes,
  type ObjectRef,
  put,
  remote,
  runtimeContext,
} from 'aktis';
import { Cluster } from 'aktis/testing';

const folder = mkdtempSync(join(tmpdir(), 'aktis-drain-'));
const file = (name: string) => join(folder, name);

@remote()
class Counter {
  #value = 0;
  add() {
    return ++this.#value;
  }
  async addSlowly(gate: string) {
    while (!existsSync(gate)) await setTimeout(10);
    return ++this.#value;
  }
  where() {
    return runtimeContext().nodeId;
  }
  wasRestarted() {
    return runtimeContext().wasRestarted;
  }
  refuse() {
    throw new RangeError('refused');
  }
  *items(count: number) {
    for (let i = 0; i < count; i++) yield i;
  }
  large() {
    return Buffer.alloc(300_000, 7);
  }
}

const where = remote(async function where(gate?: string) {
  if (gate !== undefined) writeFileSync(`${gate}-started`, '');
  while (gate !== undefined && !existsSync(gate)) await setTimeout(10);
  return runtimeContext().nodeId;
});
const large = remote(function large() {
  return Buffer.alloc(300_000, 5);
});
const stored = remote(function stored() {
  return [put(Buffer.alloc(300_000, 6))];
});
const makesOn = remote(async function makesOn(nodeId: string) {
  const schedulingStrategy = { nodeId, soft: true } as const;
  const counter = Counter.options({ maxRestarts: 1, maxTaskRetries: -1, lifetime: 'detached', schedulingStrategy });
  const made = counter.remote();
  await get(made.add.remote());
  return { made };
});
const callsAgain = remote(async function callsAgain(counters: ActorHandle<Counter>[]) {
  const counter = counters[0] as ActorHandle<Counter>;
  const value = await get(counter.add.remote());
  // By now it lives on this node.
  let sum = 0;
  for await (const item of counter.items.remote(100)) sum += await get(item);
  const error = await get(counter.refuse.remote()).catch(error => error as Error);
  const { length } = await get(counter.large.remote());
  return { value, sum, length, refused: error instanceof RangeError };
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(10);
}

let cluster: Cluster;
beforeEach(async () => {
  cluster = await Cluster.start({ nodes: 2 });
  await cluster.connect();
});
afterEach(() => cluster.end());
afterAll(() => rmSync(folder, { recursive: true }));

const on = (nodeId: string) => ({ schedulingStrategy: { nodeId, soft: true } });
const ids = () => cluster.nodes.map(({ id }) => id) as [string, string];

const leftNothing = 'left: it was drained: a test';

/** Resolves, with what is said of it, when it has left. */
async function drain(id: string, deadline = 60_000): Promise<string> {
  await cluster.node(id).drain({ reason: 'a test', deadline });
  return cluster.declaredDead(id);
}

test('a node that drains ends what runs there, gets nothing new, and says why it leaves', async () => {
  const [first, second] = ids();
  const gate = file('gate');
  const running = where.options(on(first)).remote(gate);
  await until(() => existsSync(`${gate}-started`));
  await cluster.node(first).drain({ reason: 'an upgrade' });
  const record = async () => (await nodes()).find(({ nodeId }) => nodeId === first);
  while ((await record())?.state !== 'DRAINING') await setTimeout(10);
  expect(await record()).toMatchObject({ drain: { reason: 'an upgrade' } });
  expect(Date.parse((await record())?.drain?.deadline as string)).toBeGreaterThan(Date.now());
  const later = await get([1, 2, 3, 4].map(() => where.remote()));
  expect(new Set(later)).toEqual(new Set([second]));
  writeFileSync(gate, '');
  expect(await cluster.declaredDead(first)).toBe('left: it was drained: an upgrade');
  expect(await get(running)).toBe(first);
});

test('what runs at the deadline is lost there, and runs elsewhere at no cost to its retries', async () => {
  const [first, second] = ids();
  const gate = file('late');
  const running = where.options({ ...on(first), maxRetries: 1 }).remote(gate);
  const hopeless = where.options({ ...on(first), maxRetries: 0 }).remote(file('never'));
  await until(() => existsSync(`${gate}-started`) && existsSync(`${file('never')}-started`));
  expect(await drain(first, 50)).toMatch(/at the deadline it still had where and 1 more$/);
  await expect(get(hopeless)).rejects.toThrow(NodeDiedError);
  await cluster.addNode({ numCpus: 1 });
  // The one retry it has is still there for this.
  rmSync(`${gate}-started`);
  await until(() => existsSync(`${gate}-started`));
  writeFileSync(gate, '');
  expect(await get(running)).toBe(second);
});

test('an actor that may restart moves when its calls have ended, and keeps its restarts', async () => {
  const counter = Counter.options({ maxRestarts: 1 }).remote();
  const first = await get(counter.where.remote());
  const second = ids().find(id => id !== first) as string;
  const gate = file('slow');
  const slow = counter.addSlowly.remote(gate);
  await cluster.node(first).drain({ reason: 'a test' });
  // It waits for its turn, and for the move.
  const after = counter.add.remote();
  const borrowed = callsAgain.remote([counter]);
  writeFileSync(gate, '');
  expect(await get(slow)).toBe(1);
  expect([1, 2]).toContain(await get(after));
  expect(await get(borrowed)).toMatchObject({ sum: 4_950, length: 300_000, refused: true });
  expect(await get(counter.where.remote())).toBe(second);
  expect(await get(counter.wasRestarted.remote())).toBe(true);
  expect(await cluster.declaredDead(first)).toBe(leftNothing);
  const third = await cluster.addNode({ numCpus: 2 });
  await cluster.node(second).stop();
  // This one counts.
  expect(await get(counter.where.remote())).toBe(third.id);
});

test('an actor that may not restart stays until the deadline', async () => {
  const [first] = ids();
  const counter = Counter.options(on(first)).remote();
  expect(await get(counter.add.remote())).toBe(1);
  await cluster.node(first).drain({ reason: 'a test', deadline: 300 });
  expect(await get(counter.add.remote())).toBe(2);
  expect(await cluster.declaredDead(first)).toMatch(/still had actor .*Counter/);
  await expect(get(counter.add.remote())).rejects.toThrow(ActorDiedError);
});

test('a detached actor is taken over by another node at no cost to its restarts', async () => {
  const [first, second] = ids();
  const options = { name: 'kept', namespace: 'drain', lifetime: 'detached' as const, maxRestarts: 1 };
  const counter = Counter.options({ ...on(first), ...options }).remote();
  expect(await get(counter.where.remote())).toBe(first);
  expect(await drain(first)).toBe(leftNothing);
  const again = await getActor<typeof Counter>('kept', { namespace: 'drain' });
  expect(await get(again.where.remote())).toBe(second);
  expect(await drain(second, 200)).toBe(leftNothing);
});

test('results that lie only there are copied, whoever owns them', async () => {
  const [first] = ids();
  // None of them could be made again.
  const result = large.options({ ...on(first), maxRetries: 0 }).remote();
  const [inside] = (await get(stored.options(on(first)).remote())) as [ObjectRef<Buffer>];
  const counter = Counter.options({ ...on(first), maxRestarts: 1 }).remote();
  const ofActor = counter.large.remote();
  await get(counter.where.remote());
  while ((await get(where.options(on(first)).remote())) !== first);
  expect(await drain(first)).toBe(leftNothing);
  const values = await get([result, inside, ofActor]);
  expect(values.map(value => [value.length, value[0]])).toEqual([
    [300_000, 5],
    [300_000, 6],
    [300_000, 7],
  ]);
});

test('an actor that comes home to its owner is found there by those who have known it elsewhere', async () => {
  const [first, second] = ids();
  const { made } = await get(makesOn.options({ ...on(first) }).remote(second));
  expect(await get(made.where.remote())).toBe(second);
  await drain(second);
  expect(await get(made.where.remote())).toBe(first);
});
