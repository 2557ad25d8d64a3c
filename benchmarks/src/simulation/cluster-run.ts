import { SimulatedCluster } from '@aktis/cluster/simulation';
import { ComputeNode, CPUS } from './compute-node.ts';
import { decisionRates } from './decision-rates.ts';
import { Submitter } from './submitter.ts';

const TASKS_PER_NODE = 1_000;
/** Mean run time of a task, in milliseconds. */
const TASK = 25;
/** How much of the cluster the tasks would keep busy. */
const LOAD = 0.8;

export interface ClusterReport {
  readonly nodes: number;
  readonly submitters: number;
  readonly tasks: number;
  /** With the index, by real time: placing in the simulation, in a tight loop, and by looking at every node. */
  readonly decisionsPerSecond: number;
  readonly indexDecisionsPerSecond: number;
  readonly scanDecisionsPerSecond: number;
  /** Real microseconds to take one heartbeat with a new load into the index. */
  readonly viewUpdateMicroseconds: number;
  /** Times a task was not taken by a node that was to have room for it. */
  readonly refusedPerThousand: number;
  /** Tasks that were taken back from a queue of one node, to run on another. */
  readonly takenBackPerThousand: number;
  /** Heartbeats that reach each node in a second of virtual time, when loads change and when they do not. */
  readonly heartbeatsPerNodeBusy: number;
  readonly heartbeatsPerNodeIdle: number;
  /** Milliseconds from submission to start. */
  readonly wait: { readonly median: number; readonly p99: number };
  /** Share of the CPUs' time in use: in the mean, on the least and on the most used node. */
  readonly use: { readonly mean: number; readonly least: number; readonly most: number };
  /** Seconds until all know of a crash that no link told of. */
  readonly crashKnownAfter: number;
  readonly realSeconds: number;
}

/** A cluster of real memberships in virtual time; its drivers place tasks as real ones do. */
export async function runCluster(nodes: number, seed: number): Promise<ClusterReport> {
  const started = performance.now();
  const cluster = new SimulatedCluster(seed);
  const { time, random, server } = cluster;
  const now = () => time.now;
  // Whole tenths of a millisecond: what happens at the same moment costs the simulation one step.
  const after = (milliseconds: number, then: () => void) => time.after(Math.round(milliseconds * 10) / 10, then);
  const hosts = new Map<string, ComputeNode>();
  for (let i = 0; i < nodes; i++) {
    const node = await cluster.start({ total: { CPU: CPUS } });
    hosts.set(node.nodeId, new ComputeNode(node, now, after));
  }
  const submitters: Submitter[] = [];
  for (let i = 0; i < nodes; i += 10) {
    const driver = await cluster.start({ kind: 'driver', total: {} });
    submitters.push(new Submitter(driver, hosts, random, now, after));
  }
  await time.pass(2_000);
  const heartbeatsPerNodeIdle = await heartbeats(2_000);

  const tasks = TASKS_PER_NODE * nodes;
  const gap = (TASK / (CPUS * nodes * LOAD)) * submitters.length;
  for (const submitter of submitters) submitFrom(submitter, tasks / submitters.length);
  const start = time.now;
  const before = server.delivered;
  const completed = () => [...hosts.values()].reduce((sum, host) => sum + host.completed, 0);
  while (completed() < tasks) await time.pass(100);
  const elapsed = time.now - start;
  const heartbeatsPerNodeBusy = (server.delivered - before) / cluster.nodes.length / (elapsed / 1_000);

  const use = [...hosts.values()].map(host => host.busy / CPUS / elapsed);
  const waits = Float64Array.from(submitters.flatMap(({ waits }) => waits)).sort();
  const sum = (of: (submitter: Submitter) => number) => submitters.reduce((total, one) => total + of(one), 0);
  const crashKnownAfter = await crash();
  return {
    nodes,
    submitters: submitters.length,
    tasks,
    decisionsPerSecond: (sum(({ decisions }) => decisions) / sum(({ decidingFor }) => decidingFor)) * 1_000,
    ...decisionRates(nodes, random),
    viewUpdateMicroseconds: (sum(({ viewingFor }) => viewingFor) / sum(({ viewed }) => viewed)) * 1_000,
    refusedPerThousand: (sum(({ refused }) => refused) / tasks) * 1_000,
    takenBackPerThousand: (sum(({ takenBack }) => takenBack) / tasks) * 1_000,
    heartbeatsPerNodeBusy,
    heartbeatsPerNodeIdle,
    wait: { median: quantile(waits, 0.5), p99: quantile(waits, 0.99) },
    use: { mean: use.reduce((a, b) => a + b) / nodes, least: Math.min(...use), most: Math.max(...use) },
    crashKnownAfter,
    realSeconds: (performance.now() - started) / 1_000,
  };

  async function heartbeats(milliseconds: number): Promise<number> {
    const before = server.delivered;
    await time.pass(milliseconds);
    return (server.delivered - before) / cluster.nodes.length / (milliseconds / 1_000);
  }

  /** Tasks come at random, so that they keep the cluster as busy as `LOAD` says. */
  function submitFrom(submitter: Submitter, count: number): void {
    if (count <= 0) return;
    after(exponential(gap), () => {
      submitter.submit(exponential(TASK));
      submitFrom(submitter, count - 1);
    });
  }

  function exponential(mean: number): number {
    return -Math.log(1 - random()) * mean;
  }

  async function crash(): Promise<number> {
    const [victim, ...others] = cluster.nodes as [(typeof cluster.nodes)[0], ...typeof cluster.nodes];
    const at = time.now;
    cluster.kill(victim, []);
    while (others.some(({ membership }) => membership.get(victim.nodeId) !== undefined)) await time.pass(50);
    return (time.now - at) / 1_000;
  }
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}
