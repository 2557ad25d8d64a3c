import type { LogAnswer } from '../types/logs.ts';
import type { MetricInfo } from '../types/measures.ts';
import type {
  ActorGroup,
  ActorSummary,
  ObjectGroup,
  ObjectSummary,
  StateAnswer,
  StateQuery,
  StateRecords,
  StateResource,
  StateSummaries,
  TaskGroup,
  TaskSummary,
} from '../types/state.ts';
import { compareKeys } from './best-rows.ts';
import { DEFAULT_LIMIT, DEFAULT_SORT, splitSort } from './state-query.ts';

/** A record that is being added up. */
export type Mutable<T> = {
  -readonly [K in keyof T]: T[K] extends Readonly<Record<string, number>> ? Record<string, number> : T[K];
};

/**
 * One list of what several nodes answered to `partialQuery(query)`: sorted and cut as `query` says. Partial answers that
 * are missing are named by `missingNodes`.
 */
export function mergeState<R extends StateResource>(
  resource: R,
  query: StateQuery<StateRecords[R]> | undefined,
  partials: readonly StateAnswer<StateRecords[R]>[],
  missingNodes: readonly string[] = [],
): StateAnswer<StateRecords[R]> {
  const { limit = DEFAULT_LIMIT, offset = 0, sort = DEFAULT_SORT[resource] } = query ?? {};
  const { key, descending } = splitSort(sort);
  const items = partials.flatMap(({ items }) => items);
  const sign = descending ? -1 : 1;
  const read = (item: StateRecords[R]) => (item as unknown as Record<string, unknown>)[key];
  // Sorting is stable, so what is equal stays in the order of the nodes.
  items.sort((a, b) => compareKeys(read(a), read(b), sign));
  const total = sum(partials, ({ total }) => total);
  return {
    items: items.slice(offset, offset + limit),
    total,
    dropped: sum(partials, ({ dropped }) => dropped),
    truncated: total > offset + limit,
    missingNodes: [...missingNodes, ...partials.flatMap(partial => partial.missingNodes)],
  };
}

/** One summary of those of several nodes; `missingNodes` did not answer. */
export function mergeSummaries<R extends keyof StateSummaries>(
  resource: R,
  partials: readonly StateSummaries[R][],
  missingNodes: readonly string[] = [],
): StateSummaries[R] {
  const merged = mergers[resource](partials as never) as StateSummaries[R];
  return missingNodes.length === 0 ? merged : { ...merged, missingNodes };
}

/** One log of what several nodes have of it: lines of one node stay in order. */
export function mergeLogs(partials: readonly LogAnswer[]): LogAnswer {
  const lines = partials.flatMap(partial => partial.lines);
  const known = partials.filter(partial => partial.known);
  return {
    lines: lines.sort((a, b) => (a.nodeId === b.nodeId ? a.number - b.number : compareKeys(a.at, b.at, 1))),
    last: Object.assign({}, ...partials.map(({ last }) => last)),
    dropped: sum(partials, ({ dropped }) => dropped),
    known: known.length > 0,
    ended: known.length > 0 && known.every(({ ended }) => ended),
  };
}

/** The metrics of several nodes; every sample says of which node it is. */
export function mergeMetrics(partials: readonly (readonly MetricInfo[])[]): MetricInfo[] {
  const metrics = new Map<string, MetricInfo>();
  for (const metric of partials.flat()) {
    const same = metrics.get(metric.name);
    if (same?.kind !== undefined && same.kind !== metric.kind) continue;
    metrics.set(metric.name, same === undefined ? metric : { ...same, samples: [...same.samples, ...metric.samples] });
  }
  return [...metrics.values()];
}

const mergers = {
  tasks: (partials: readonly TaskSummary[]): TaskSummary => ({
    total: sum(partials, ({ total }) => total),
    dropped: sum(partials, ({ dropped }) => dropped),
    states: addUp(partials.map(({ states }) => states)),
    groups: grouped(partials, ({ name, type }) => `${type} ${name}`, mergeTaskGroups, byTotal),
  }),
  actors: (partials: readonly ActorSummary[]): ActorSummary => ({
    total: sum(partials, ({ total }) => total),
    dropped: sum(partials, ({ dropped }) => dropped),
    states: addUp(partials.map(({ states }) => states)),
    groups: grouped(partials, ({ className }) => className, mergeActorGroups, byTotal),
  }),
  objects: (partials: readonly ObjectSummary[]): ObjectSummary => ({
    total: sum(partials, ({ total }) => total),
    sizeBytes: sum(partials, ({ sizeBytes }) => sizeBytes),
    spilledBytes: sum(partials, ({ spilledBytes }) => spilledBytes),
    groups: grouped(
      partials,
      ({ kind, creator }) => `${kind} ${creator}`,
      mergeObjectGroups,
      (a, b) => b.sizeBytes - a.sizeBytes,
    ),
  }),
};

function grouped<G>(
  partials: readonly { readonly groups: readonly G[] }[],
  keyOf: (group: G) => string,
  merge: (groups: readonly [G, ...G[]]) => G,
  order: (a: G, b: G) => number,
): G[] {
  const groups = new Map<string, [G, ...G[]]>();
  for (const group of partials.flatMap(partial => partial.groups)) {
    const same = groups.get(keyOf(group));
    if (same === undefined) groups.set(keyOf(group), [group]);
    else same.push(group);
  }
  return [...groups.values()].map(merge).sort(order);
}

function byTotal(a: { readonly total: number }, b: { readonly total: number }): number {
  return b.total - a.total;
}

function mergeTaskGroups(groups: readonly [TaskGroup, ...TaskGroup[]]): TaskGroup {
  const [{ name, type }] = groups;
  const states = addUp(groups.map(group => group.states));
  const totalDuration = sum(groups, group => group.totalDuration);
  const ended = (states.FINISHED ?? 0) + (states.FAILED ?? 0);
  return {
    name,
    type,
    total: sum(groups, ({ total }) => total),
    states,
    meanDuration: ended === 0 ? 0 : totalDuration / ended,
    maxDuration: Math.max(...groups.map(group => group.maxDuration)),
    totalDuration,
  };
}

function mergeActorGroups(groups: readonly [ActorGroup, ...ActorGroup[]]): ActorGroup {
  return {
    className: groups[0].className,
    total: sum(groups, ({ total }) => total),
    states: addUp(groups.map(group => group.states)),
    pendingCalls: sum(groups, ({ pendingCalls }) => pendingCalls),
    callsDone: sum(groups, ({ callsDone }) => callsDone),
    restarts: sum(groups, ({ restarts }) => restarts),
  };
}

function mergeObjectGroups(groups: readonly [ObjectGroup, ...ObjectGroup[]]): ObjectGroup {
  const [{ creator, kind }] = groups;
  return {
    creator,
    kind,
    total: sum(groups, ({ total }) => total),
    sizeBytes: sum(groups, ({ sizeBytes }) => sizeBytes),
    spilledBytes: sum(groups, ({ spilledBytes }) => spilledBytes),
  };
}

function addUp<K extends string>(counts: readonly Readonly<Partial<Record<K, number>>>[]): Partial<Record<K, number>> {
  const total: Partial<Record<K, number>> = {};
  for (const some of counts) {
    for (const [key, value] of Object.entries(some) as [K, number][]) total[key] = (total[key] ?? 0) + value;
  }
  return total;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
