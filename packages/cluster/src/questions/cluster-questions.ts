import type {
  HeapSnapshotInfo,
  HeapSnapshotRequest,
  MemoryStats,
  MetricInfo,
  Node,
  NodeNews,
  NodeSeries,
  ProfileQuery,
  Question,
  StackInfo,
  ThreadTarget,
  TraceEvent,
} from '@aktis/core';
import { mergeMetrics, withNode } from '@aktis/core/hub';
import type { ControlStore } from '../control-store.ts';
import type { Membership } from '../membership/index.ts';
import { ClusterLists } from './cluster-lists.ts';
import { clusterLog, clusterLogs } from './cluster-log.ts';
import { clusterTimeline } from './cluster-timeline.ts';
import type { FanOut } from './fan-out.ts';
import type { LocalAnswers } from './local-answers.ts';
import { nodeInfo } from './node-records.ts';
import { sum } from './sum.ts';

const LOOK_LIMIT_MS = 5_000;
const TIMELINE_LIMIT_MS = 20_000;
/** Beyond the time a profile takes. */
const PROFILE_LIMIT_MS = 10_000;
/** A heap of gigabytes takes its time. */
const SNAPSHOT_LIMIT_MS = 120_000;

/** What the questions are answered from. */
export interface ClusterSources {
  readonly node: Node;
  readonly store: ControlStore;
  readonly membership: Membership;
  readonly fanOut: FanOut;
}

/**
 * Where a node answers for itself alone, a member of a cluster answers its drivers and workers for all nodes. Other nodes it
 * answers for itself, as before.
 */
export function declareClusterQuestions(local: LocalAnswers, sources: ClusterSources): void {
  const { node, store, membership, fanOut } = sources;
  const lists = new ClusterLists(node, store, membership, fanOut);
  const answers: Record<string, (value: never) => unknown> = {
    nodes: (options: { all?: boolean } | null) =>
      [...membership.living()]
        .filter(({ record }) => options?.all || record.kind === 'node')
        .map(({ record, available }) => nodeInfo(record, available)),
    clusterResources: () => sum([...membership.living()].map(({ record }) => record.total)),
    availableResources: () => sum([...membership.living()].map(({ available }) => available)),
    state: request => lists.list(request),
    stateSummary: request => lists.summarize(request),
    log: query => clusterLog(fanOut, query),
    logs: () => clusterLogs(fanOut),
    memoryStats: async () => {
      const { of } = await fanOut.askAll<MemoryStats>('memoryStats', null);
      return sum([...of.values()] as unknown as Record<string, number>[]);
    },
    timeline: async () =>
      clusterTimeline(await fanOut.askAll<TraceEvent[]>('timeline', null, TIMELINE_LIMIT_MS), membership),
    taskNews: async query => [...(await fanOut.askAll<NodeNews[]>('taskNews', query)).of.values()].flat(),
    series: async query => [...(await fanOut.askAll<NodeSeries[]>('series', query)).of.values()].flat(),
    nodeMetrics: async () => mergeMetrics([...(await fanOut.askAll<MetricInfo[]>('nodeMetrics', null)).of.values()]),
    metrics: async () => {
      const { of } = await fanOut.askAll<MetricInfo[]>('metrics', null);
      return mergeMetrics([...of].map(([nodeId, metrics]) => metrics.map(metric => withNode(metric, nodeId))));
    },
    stacks: async (target: ThreadTarget | null) => {
      const nodeId = nodeOf(target);
      if (nodeId !== undefined) return fanOut.askOne<StackInfo[]>(nodeId, 'stacks', target, LOOK_LIMIT_MS);
      return [...(await fanOut.askAll<StackInfo[]>('stacks', {}, LOOK_LIMIT_MS)).of.values()].flat();
    },
    profile: (query: ProfileQuery) =>
      fanOut.askOne(nodeOf(query) ?? node.id, 'profile', query, PROFILE_LIMIT_MS + (query.duration ?? 1_000)),
    heapSnapshot: (target: ThreadTarget) =>
      fanOut.askOne<HeapSnapshotInfo>(nodeOf(target) ?? node.id, 'heapSnapshot', target, SNAPSHOT_LIMIT_MS),
    heapSnapshotPart: (request: HeapSnapshotRequest) =>
      fanOut.askOne(request.nodeId, 'heapSnapshotPart', request, LOOK_LIMIT_MS),
    removeHeapSnapshot: (request: HeapSnapshotRequest) => fanOut.askOne(request.nodeId, 'removeHeapSnapshot', request),
  };
  for (const [question, answer] of Object.entries(answers)) local.replace(question, answer as Question);

  function nodeOf(target: ThreadTarget | null): string | undefined {
    return target?.workerId === undefined ? target?.nodeId : fanOut.nodeOf(target.workerId);
  }
}
