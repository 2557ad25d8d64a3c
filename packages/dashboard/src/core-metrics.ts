import type { MetricInfo, NodeStateInfo } from './api-types.ts';
import { taskStates } from './status-reader.ts';

type Kind = 'counter' | 'gauge';

/** What Aktis tells of itself, in the form of the users' metrics. */
export function coreMetrics(nodes: readonly NodeStateInfo[]): MetricInfo[] {
  const living = nodes.filter(({ state }) => state === 'ALIVE');
  const perNode = (
    kind: Kind,
    name: string,
    description: string,
    of: (usage: NonNullable<NodeStateInfo['usage']>) => number,
  ): MetricInfo => ({
    name: `aktis_${name}`,
    kind,
    description,
    tagKeys: ['node'],
    samples: living.flatMap(({ nodeId, usage }) =>
      usage === undefined ? [] : [{ tags: { node: nodeId }, value: of(usage) }],
    ),
  });
  return [
    perNode('gauge', 'node_cpu_percent', 'CPU use of the process of a node; 100 is one core.', of => of.cpuPercent),
    perNode('gauge', 'node_memory_bytes', 'Resident memory of the process of a node.', of => of.memoryBytes),
    perNode('gauge', 'node_heap_used_bytes', 'JavaScript heap of the hub of a node.', of => of.heapUsedBytes),
    perNode(
      'gauge',
      'node_event_loop_utilization',
      'The part of the time the hub of a node is busy, 0 to 1.',
      of => of.eventLoopUtilization,
    ),
    perNode(
      'gauge',
      'node_event_loop_delay_seconds',
      'By how much the hub of a node was late within the last second.',
      of => of.eventLoopDelay / 1000,
    ),
    perNode('gauge', 'object_store_bytes', 'Objects in memory.', of => of.objectStore.usedBytes),
    perNode('gauge', 'object_store_limit_bytes', 'Room for objects in memory.', of => of.objectStore.limitBytes),
    perNode('gauge', 'object_store_spilled_bytes', 'Objects on disk.', of => of.objectStore.spilledBytes),
    perNode('gauge', 'objects', 'Objects in the store.', of => of.objectStore.objects),
    perNode('gauge', 'workers', 'Worker threads.', of => of.workers),
    perNode('gauge', 'actors', 'Actors that are not dead.', of => of.actors),
    perNode('counter', 'tasks_finished_total', 'Tasks that finished.', of => of.tasks.finished),
    perNode('counter', 'tasks_failed_total', 'Tasks that failed.', of => of.tasks.failed),
    {
      name: 'aktis_tasks',
      kind: 'gauge',
      description: 'Tasks that have not ended, by state.',
      tagKeys: ['node', 'state'],
      samples: living.flatMap(node =>
        Object.entries(taskStates([node]))
          .filter(([state]) => state !== 'FINISHED' && state !== 'FAILED')
          .map(([state, value]) => ({ tags: { node: node.nodeId, state }, value })),
      ),
    },
    ...(['total', 'available'] as const).map(
      (which): MetricInfo => ({
        name: `aktis_resources_${which}`,
        kind: 'gauge',
        description: which === 'total' ? 'What a node offers.' : 'What of it is not taken.',
        tagKeys: ['node', 'resource'],
        samples: living.flatMap(({ nodeId, resources }) =>
          Object.entries(resources[which]).map(([resource, value]) => ({ tags: { node: nodeId, resource }, value })),
        ),
      }),
    ),
  ];
}
