import type { ActorInfo, NodeStateInfo, WorkerInfo } from '@aktis/core';
import { usage } from '../format/amounts.ts';
import { columns } from '../format/columns.ts';
import { oneLine } from '../format/one-line.ts';
import { duration, percent, size } from '../format/units.ts';
import { workerName } from '../format/worker-name.ts';
import { type Frame, load } from './frame.ts';

/** How many lines a screen of so many leaves to each of the three tables. */
export function rowsPerTable(screen: number): number {
  return Math.max(3, Math.floor((screen - 14) / 3));
}

/**
 * A frame as text.
 *
 * @param width longer lines are cut
 * @param rows at most so many in each table
 */
export function frameText(frame: Frame, width: number, rows: number): string {
  const { title, at, nodes, tasks, workers, workersInAll, actors, actorsInAll } = frame;
  const living = nodes.filter(({ state }) => state !== 'DEAD');
  const text = [
    `aktis top   ${title}   ${at.toTimeString().slice(0, 8)}`,
    '',
    nodesTable(living.slice(0, rows)),
    ...more(living.length - rows, 'nodes'),
    '',
    `Tasks: ${tasks.running} running, ${tasks.submitted} in workers, ${tasks.pendingAssignment} wait for resources or for their actor, ` +
      `${tasks.pendingArgs} for arguments\n` +
      `       ${tasks.finished} finished (${perSecond(frame.finishedPerSecond)}), ` +
      `${tasks.failed} failed (${perSecond(frame.failedPerSecond)})`,
    '',
    workers.length === 0 ? 'No workers' : workersTable(workers.slice(0, rows)),
    ...more(workersInAll - Math.min(rows, workers.length), 'workers'),
    '',
    actors.length === 0 ? 'No actors' : actorsTable(actors.slice(0, rows)),
    ...more(actorsInAll - Math.min(rows, actors.length), 'actors'),
  ].join('\n');
  return text
    .split('\n')
    .map(line => (line.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line))
    .join('\n');
}

function nodesTable(nodes: readonly NodeStateInfo[]): string {
  const rows = nodes.map(({ nodeId, name, state, resources, usage: now }) => [
    nodeId.slice(0, 12),
    oneLine(name, 20),
    state,
    now === undefined ? '?' : `${Math.round(now.cpuPercent)} %`,
    now === undefined ? '?' : size(now.memoryBytes),
    now === undefined ? '?' : `${size(now.objectStore.usedBytes)} + ${size(now.objectStore.spilledBytes)}`,
    now === undefined ? '?' : duration(now.eventLoopDelay),
    usage(resources.total, resources.available),
  ]);
  return columns(['NODE', 'NAME', 'STATE', 'CPU', 'MEMORY', 'OBJECTS + ON DISK', 'LOOP DELAY', 'TAKEN'], rows);
}

function workersTable(workers: readonly WorkerInfo[]): string {
  const rows = workers.map(worker => [
    workerName(worker.workerId),
    worker.nodeId.slice(0, 12),
    worker.responsive || worker.running === 0 ? percent(load(worker), 1) : 'blocked',
    worker.heapUsedBytes === undefined ? '' : size(worker.heapUsedBytes),
    String(worker.actors),
    oneLine(runs(worker), 60),
  ]);
  return columns(['WORKER', 'NODE', 'BUSY', 'HEAP', 'ACTORS', 'RUNS'], rows);
}

/** `add, Counter.increment ×3` */
function runs({ tasks = [] }: WorkerInfo): string {
  const counts = new Map<string, number>();
  for (const { name } of tasks) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} ×${count}`)).join(', ');
}

function actorsTable(actors: readonly ActorInfo[]): string {
  const rows = actors.map(({ actorId, className, name, pendingCalls, callsPerSecond, meanCallDuration, workerId }) => [
    actorId,
    oneLine(name === undefined ? className : `${className} ${name}`, 40),
    String(pendingCalls),
    perSecond(callsPerSecond),
    meanCallDuration === undefined ? '' : duration(meanCallDuration),
    workerId === undefined ? '' : workerName(workerId),
  ]);
  return columns(['ACTOR', 'CLASS', 'MAILBOX', 'CALLS', 'MEAN CALL', 'WORKER'], rows);
}

function perSecond(rate: number): string {
  return `${rate >= 10 || rate === 0 ? Math.round(rate) : rate.toFixed(1)}/s`;
}

function more(count: number, what: string): string[] {
  return count > 0 ? [`… and ${count} more ${what}`] : [];
}
