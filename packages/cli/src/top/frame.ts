import type { ActorInfo, NodeSeries, NodeStateInfo, TaskCounts, WorkerInfo } from '@aktis/core';
import type { Session } from '../session/session.ts';

/** Of so many workers the busiest are looked for. */
const LOOKED_AT = 1_000;
/** Over so long, rates are measured. */
const RATE_MS = 5_000;

/** What `aktis top` shows at one moment. */
export interface Frame {
  readonly title: string;
  readonly at: Date;
  readonly nodes: readonly NodeStateInfo[];
  /** Of all nodes. */
  readonly tasks: TaskCounts;
  readonly finishedPerSecond: number;
  readonly failedPerSecond: number;
  /** The busiest first. */
  readonly workers: readonly WorkerInfo[];
  readonly workersInAll: number;
  /** The longest mailbox first. */
  readonly actors: readonly ActorInfo[];
  readonly actorsInAll: number;
}

/** @param most of workers and of actors */
export async function readFrame({ title, source }: Session, most: number): Promise<Frame> {
  const filters = [['state', '=', 'ALIVE']] as const;
  const at = new Date();
  const [nodes, workers, actors, series] = await Promise.all([
    source.nodes(),
    source.list('workers', { filters, limit: LOOKED_AT, detail: true }),
    source.list('actors', { filters, limit: most, sort: '-pendingCalls' }),
    source.ask<readonly NodeSeries[]>('series', { since: at.getTime() - RATE_MS }),
  ]);
  return {
    title,
    at,
    nodes,
    tasks: taskCounts(nodes),
    finishedPerSecond: rate(series, 'finishedPerSecond'),
    failedPerSecond: rate(series, 'failedPerSecond'),
    workers: busiest(workers.items).slice(0, most),
    workersInAll: workers.total,
    actors: actors.items,
    actorsInAll: actors.total,
  };
}

/** One that cannot answer is as busy as can be. */
export function busiest(workers: readonly WorkerInfo[]): WorkerInfo[] {
  return [...workers].sort((a, b) => load(b) - load(a) || b.running - a.running || a.number - b.number);
}

/** 0 to 1: how much of its time a worker's thread is busy. */
export function load({ responsive, running, eventLoopUtilization = 0 }: WorkerInfo): number {
  return !responsive && running > 0 ? 1 : eventLoopUtilization;
}

const NO_TASKS: TaskCounts = { pendingArgs: 0, pendingAssignment: 0, submitted: 0, running: 0, finished: 0, failed: 0 };

export function taskCounts(nodes: readonly NodeStateInfo[]): TaskCounts {
  const counts: Record<string, number> = { ...NO_TASKS };
  for (const { usage } of nodes) {
    for (const [state, count] of Object.entries(usage?.tasks ?? {})) counts[state] = (counts[state] ?? 0) + count;
  }
  return counts as unknown as TaskCounts;
}

/** The mean of what each node measured lately, added up. */
export function rate(series: readonly NodeSeries[], name: 'finishedPerSecond' | 'failedPerSecond'): number {
  return series.reduce((total, { values }) => {
    const measured = values[name];
    return measured.length === 0 ? total : total + measured.reduce((sum, value) => sum + value, 0) / measured.length;
  }, 0);
}
