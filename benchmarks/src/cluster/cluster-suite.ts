import { type Benchmark, nodeSide, type Side } from '@aktis/cli/microbenchmark';

const here = new URL('./cluster-cases.js', import.meta.url).href;
const threads = new URL('./thread-cases.js', import.meta.url).href;
const sockets = new URL('../links/raw-cases.js', import.meta.url).href;

const onNodes = (of: string): Side => nodeSide({ role: 'aktis', name: 'aktis, another node', module: here, case: of });

/** The same on a thread of this process: what going to another process adds. */
const onThreads = (of: string): Side =>
  nodeSide({ role: 'baseline', name: 'aktis, a thread', module: threads, case: of });

function calls(name: string, of: string): Benchmark {
  return { name, unit: 'calls/s', better: 'higher', sides: [onNodes(of), onThreads(of)] };
}

function milliseconds(name: string, of: string, atMost?: number): Benchmark {
  const targets = atMost === undefined ? [] : [{ against: 'itself', atMost } as const];
  return { name, unit: 'ms', better: 'lower', sides: [onNodes(of)], targets };
}

/** A driver and nodes, each a process of its own on this machine. */
export const clusterSuite: readonly Benchmark[] = [
  calls('cluster_tasks_sync', 'tasksOneAtATime'),
  calls('cluster_tasks_async', 'tasksInFlight'),
  calls('cluster_actor_calls_sync', 'actorCallsOneAtATime'),
  calls('cluster_actor_calls_async', 'actorCallsInFlight'),
  {
    name: 'cluster_64MB',
    unit: 'GB/s',
    better: 'higher',
    sides: [
      onNodes('transfer'),
      nodeSide({ role: 'baseline', name: 'raw node:net, into new memory', module: sockets, case: 'large' }),
    ],
    targets: [{ against: 'baseline', atLeast: 0.7 }],
  },
  milliseconds('cluster_broadcast_100MB', 'broadcast'),
  milliseconds('cluster_actor_restart', 'actorRestart', 2_000),
  milliseconds('cluster_task_retry', 'taskRetry', 2_000),
  // Pauses before restarts grow with each, so every round has a server of its own.
  { ...milliseconds('cluster_server_restart', 'serverRestart'), isFresh: true },
  milliseconds('cluster_up', 'clusterUp', 2_000),
  milliseconds('cluster_up_command_line', 'commandLineUp', 2_000),
  milliseconds('cluster_node_joins', 'nodeJoins', 500),
];
