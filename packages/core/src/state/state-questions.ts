import { InvalidOptionError } from '../errors.ts';
import type { Node } from '../node.ts';
import type { Asker, Question } from '../questions.ts';
import type { LogQuery } from '../types/logs.ts';
import type { NodeSeries, SeriesQuery } from '../types/measures.ts';
import type { StateResource, StateSummaries } from '../types/state.ts';
import type { HeapSnapshotRequest, ProfileQuery, ThreadTarget } from '../types/threads.ts';
import { nodeMetrics } from './core-metrics.ts';
import { listState } from './list-state.ts';
import { logOf } from './log-answers.ts';
import type { AnyStateTable } from './state-table.ts';
import { summarizeState } from './summarize-state.ts';
import { type TaskNewsQuery, taskNews } from './task-news.ts';
import { cpuProfile, heapSnapshot, stacksOf } from './thread-looks.ts';

/** What a node is asked for a list. */
export interface StateRequest {
  readonly resource: StateResource;
  /** A `StateQuery` of the resource. */
  readonly query?: unknown;
}

/** What a node is asked for a summary. */
export interface SummaryRequest {
  readonly resource: keyof StateSummaries;
  /** Its `filters` count. */
  readonly query?: unknown;
}

/** The questions about a node's state, for drivers, workers and other nodes. Answers are plain JSON. */
export function declareStateQuestions(node: Node): void {
  const answers: Record<string, (value: never, asker: Asker) => unknown> = {
    state: ({ resource, query }: StateRequest) => listState(resource, tableOf(node, resource), query),
    stateSummary: ({ resource, query }: SummaryRequest) => summarizeState(resource, tableOf(node, resource), query),
    logs: () => node.state.logs.list(),
    log: (query: LogQuery) => logOf(node, query),
    nodeMetrics: () => nodeMetrics(node),
    stacks: (target: ThreadTarget) => stacksOf(node, target),
    profile: (query: ProfileQuery) => cpuProfile(node, query),
    heapSnapshot: (target: ThreadTarget) => heapSnapshot(node, target),
    heapSnapshotPart: ({ file, offset = 0 }: HeapSnapshotRequest) => node.state.snapshots.part(file, offset),
    removeHeapSnapshot: ({ file }: HeapSnapshotRequest) => node.state.snapshots.remove(file),
    taskNews: (query: TaskNewsQuery) => taskNews(node, query),
    series: (query: SeriesQuery | null) => seriesOf(node, query ?? {}),
  };
  for (const [name, answer] of Object.entries(answers)) node.questions.set(name, answer as Question);
}

function tableOf(node: Node, resource: StateResource): AnyStateTable {
  const table = node.state.table(resource);
  if (table !== undefined) return table;
  throw new InvalidOptionError(`There is no list of ${resource}; allowed: ${node.state.resources.join(', ')}.`);
}

/** A list with one element, so that a cluster's is one with several. */
function seriesOf(node: Node, { since = 0, points = Number.POSITIVE_INFINITY }: SeriesQuery): NodeSeries[] {
  const from = typeof since === 'number' ? since : new Date(since).getTime();
  if (Number.isNaN(from)) throw new InvalidOptionError(`Option since is ${String(since)}, but must be a time.`);
  if (!(points >= 1)) throw new InvalidOptionError(`Option points is ${String(points)}, but must be a number >= 1.`);
  return [node.state.sampler.series(from, points)];
}
