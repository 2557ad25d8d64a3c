import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type ActorHandle, get, nodes, put, remote, runtimeContext } from 'aktis';
import { Cluster, type ClusterOptions, type TestNode } from 'aktis/testing';
import { isRunning } from './support/aktis-command.ts';
import { Program } from './support/nats-programs.ts';

// The kit that users test with, and everything else in this folder: what it does to nodes is what happens to them in life.

/** So soon that tests need not wait for long, and not so soon that a busy machine is taken for a dead one. */
const timing = { heartbeat: 300, tick: 150, suspectAfter: 1_500, deadAfter: 3_000, storeLossLimit: 2_500 };

const where = remote(function where() {
  return runtimeContext().nodeId;
});
const double = remote(function double(n: number) {
  return 2 * n;
});
const size = remote(function size(bytes: Uint8Array) {
  return bytes.length;
});
@remote({ maxRestarts: -1, maxTaskRetries: -1 })
class Counter {
  #count = 0;
  add() {
    return ++this.#count;
  }
  where() {
    return runtimeContext().nodeId;
  }
}
const callsFrom = remote(async function callsFrom({ counter }: { counter: ActorHandle<Counter> }) {
  return await get(counter.add.remote());
});

const at = (nodeId: string) => where.options({ schedulingStrategy: { nodeId } });

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(20);
}

const kinds: [string, ClusterOptions][] = [
  ['in this process', {}],
  ['in this process, on a nats-server', { store: 'nats' }],
  ['in processes of their own', { processes: true }],
];

describe.each(kinds)('nodes %s', (_, options) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start({ ...options, timing, nodes: [{}, { resources: { spot: 1 } }, { name: 'last' }] });
    await cluster.connect();
  });
  afterAll(() => cluster.end());

  test('are members with what they were to offer, and run work of this program', async () => {
    expect((await nodes()).map(({ name, nodeId }) => [name, nodeId])).toEqual(
      expect.arrayContaining(cluster.nodes.map(({ name, id }) => [name, id])),
    );
    expect(cluster.nodes.map(({ name }) => name)).toEqual(['node-0', 'node-1', 'last']);
    expect(await get(where.options({ resources: { spot: 1 } }).remote())).toBe(cluster.node('node-1').id);
    expect(await get([1, 2, 3].map(n => double.remote(n)))).toEqual([2, 4, 6]);
    expect(await get(size.remote(put(new Uint8Array(500_000))))).toBe(500_000);
    expect(() => cluster.node('nobody')).toThrow(/no node nobody.*node-0, node-1, last/i);
  });

  test('that are killed say nothing, and are found dead; one more takes the place', async () => {
    const victim = cluster.node('last');
    const counter = Counter.options({ schedulingStrategy: { nodeId: victim.id, soft: true } }).remote();
    expect(await get([counter.add.remote(), counter.add.remote(), counter.where.remote()])).toEqual([1, 2, victim.id]);
    const { id } = victim;
    await victim.kill();
    expect(victim.state).toBe('ended');
    expect(await cluster.declaredDead(id)).toMatch(/link|connection|network|closed|ended|reset/);
    expect(await get(counter.add.remote())).toBe(1);
    const added = await cluster.addNode({ name: 'last' });
    expect(await get(at(added.id).remote())).toBe(added.id);
  });

  test('that hang for a moment go on; longer, and they are new nodes afterwards', async () => {
    const node = cluster.node('last');
    const { id } = node;
    node.freeze();
    const late = at(id).remote();
    await setTimeout(500);
    node.thaw();
    expect(await get(late)).toBe(id);
    node.freeze();
    expect(await cluster.declaredDead(id)).toMatch(/heard|silen|answer/);
    node.thaw();
    await until(async () => node.id !== id && (await nodes()).some(({ nodeId }) => nodeId === node.id));
    expect(await get(at(node.id).remote())).toBe(node.id);
  });

  test('that cannot reach each other are members, and can again afterwards', async () => {
    const [first, second] = cluster.nodes as [TestNode, TestNode];
    const counter = Counter.options({ schedulingStrategy: { nodeId: second.id } }).remote();
    const callsIt = callsFrom.options({ schedulingStrategy: { nodeId: first.id } });
    expect(await get(callsIt.remote({ counter }))).toBe(1);
    cluster.partition(first, second);
    expect(await get([at(first.id).remote(), at(second.id).remote()])).toEqual([first.id, second.id]);
    cluster.heal();
    expect(await get(callsIt.remote({ counter }))).toBe(2);
  });

  test('go on while the server of the control store is away', async () => {
    await cluster.killServer();
    expect(await get([1, 2, 3].map(n => double.remote(n)))).toEqual([2, 4, 6]);
    await cluster.restartServer();
    const added = await cluster.addNode();
    expect(await get(at(added.id).remote())).toBe(added.id);
  });
});

test('a program can join one cluster after the other', async () => {
  for (let i = 0; i < 3; i++) {
    await using cluster = await Cluster.start({ nodes: 1, processes: true });
    await cluster.connect();
    expect(await get(double.remote(i))).toBe(2 * i);
  }
});

test('the same seed gives the same numbers', async () => {
  const numbers = async () => {
    await using cluster = await Cluster.start({ nodes: 0, seed: 7 });
    return [cluster.random(), cluster.random(), cluster.random()];
  };
  expect(await numbers()).toEqual(await numbers());
});

test('processes share no memory, which is said', async () => {
  await expect(Cluster.start({ processes: true, store: 'memory' })).rejects.toThrow(/leave out store/);
});

test('a cluster ends with the process that started it, frozen nodes and files, too', async () => {
  const program = new Program(`
    import { Cluster } from 'aktis/testing';
    const cluster = await Cluster.start({ nodes: 2, processes: true });
    cluster.nodes[1].freeze();
    console.log(JSON.stringify(cluster.nodes.map(({ pid }) => pid)));
    setInterval(() => {}, 1000);
  `);
  const pids = await program.next<number[]>();
  const home = /AKTIS_HOME=([^\0]+)/.exec(readFileSync(`/proc/${pids[0]}/environ`, 'latin1'))?.[1] as string;
  expect(existsSync(home)).toBe(true);
  expect(pids.every(isRunning)).toBe(true);
  program.child.kill('SIGKILL');
  await once(program.child, 'exit');
  await until(() => !pids.some(isRunning) && !existsSync(home));
});
