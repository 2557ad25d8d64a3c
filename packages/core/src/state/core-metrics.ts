import type { Node } from '../node.ts';
import type { MetricInfo } from '../types/measures.ts';

/** What a node measures of itself, and what its users' code recorded. */
export async function nodeMetrics(node: Node): Promise<MetricInfo[]> {
  const ofUsers = (await node.questions.get('metrics')?.(null as never, { thread: null, task: null })) as
    | MetricInfo[]
    | undefined;
  return [...coreMetrics(node), ...(ofUsers ?? []).map(metric => withNode(metric, node.id))];
}

/** The metric with a label for its node: several may have recorded it. */
export function withNode(metric: MetricInfo, nodeId: string): MetricInfo {
  const samples = metric.samples.map(sample => ({ ...sample, tags: { node_id: nodeId, ...sample.tags } }));
  return { ...metric, tagKeys: [...new Set(['node_id', ...metric.tagKeys])], samples };
}

function coreMetrics(node: Node): MetricInfo[] {
  const { sampler } = node.state;
  const sample = sampler.latest ?? sampler.measure();
  const { finished, failed, ...unfinished } = sampler.taskCounts();
  const { usedBytes, limitBytes, spilledBytes, objects } = node.store.statistics;
  const { total, available } = node.scheduler.pool;
  const one = (kind: MetricInfo['kind'], name: string, description: string, value: number) =>
    family(node.id, kind, name, description, undefined, { '': value });
  const many = (name: string, description: string, key: string, values: Readonly<Record<string, number>>) =>
    family(node.id, 'gauge', name, description, key, values);
  return [
    many('aktis_tasks', 'Tasks that have not ended, by state', 'state', {
      PENDING_ARGS_AVAIL: unfinished.pendingArgs,
      PENDING_NODE_ASSIGNMENT: unfinished.pendingAssignment,
      SUBMITTED_TO_WORKER: unfinished.submitted,
      RUNNING: unfinished.running,
    }),
    one('counter', 'aktis_tasks_finished_total', 'Tasks that ended well', finished),
    one('counter', 'aktis_tasks_failed_total', 'Tasks that failed', failed),
    one('gauge', 'aktis_actors', 'Actors that are not dead', node.state.actors.living),
    one('gauge', 'aktis_workers', 'Worker threads', node.pool.threads.size),
    many('aktis_object_store_bytes', 'Bytes of objects, by where they are', 'location', {
      MEMORY: usedBytes,
      SPILLED: spilledBytes,
    }),
    one('gauge', 'aktis_object_store_limit_bytes', 'Bytes above which objects are spilled', limitBytes),
    one('gauge', 'aktis_objects', 'Objects in the object store', objects),
    many('aktis_resources_total', 'What the node offers', 'resource', total),
    many('aktis_resources_available', 'What of it nothing holds', 'resource', available),
    one('gauge', 'aktis_node_cpu_percent', 'CPU of the process with its workers; 100 is one core', sample.cpuPercent),
    one('gauge', 'aktis_node_memory_bytes', 'Resident memory of the process', sample.memoryBytes),
    one('gauge', 'aktis_node_machine_memory_free_bytes', 'Free memory of the machine', sample.machineMemoryFreeBytes),
    one('gauge', 'aktis_node_heap_used_bytes', 'JavaScript heap of the hub', sample.heapUsedBytes),
    one('gauge', 'aktis_node_event_loop_utilization', 'Of the hub, 0 to 1', sample.eventLoopUtilization),
    one('gauge', 'aktis_node_event_loop_delay_seconds', 'By which the hub was late', sample.eventLoopDelay / 1000),
  ];
}

function family(
  nodeId: string,
  kind: MetricInfo['kind'],
  name: string,
  description: string,
  key: string | undefined,
  values: Readonly<Record<string, number>>,
): MetricInfo {
  const tagKeys = key === undefined ? ['node_id'] : ['node_id', key];
  const samples = Object.entries(values).map(([tag, value]) => {
    return { tags: { node_id: nodeId, ...(key === undefined ? {} : { [key]: tag }) }, value };
  });
  return { name, kind, description, tagKeys, samples };
}
