import type { ActorSummary, ObjectSummary, StateSummaries, TaskSummary } from '@aktis/core';
import { columns } from '../format/columns.ts';
import { oneLine } from '../format/one-line.ts';
import { duration, size } from '../format/units.ts';

/** `12 tasks: 10 FINISHED, 2 FAILED`, and a row for each group. */
export function summaryTable<R extends keyof StateSummaries>(resource: R, summary: StateSummaries[R]): string {
  return tables[resource](summary as never);
}

const tables = {
  tasks: (summary: TaskSummary) => {
    const rows = summary.groups.map(({ name, type, total, states, meanDuration, maxDuration, totalDuration }) => [
      oneLine(name, 60),
      type,
      String(total),
      counted(states),
      duration(meanDuration),
      duration(maxDuration),
      duration(totalDuration),
    ]);
    const heading = ['FUNCTION', 'TYPE', 'TASKS', 'STATES', 'MEAN', 'LONGEST', 'IN ALL'];
    return `${summary.total} tasks: ${counted(summary.states)}\n\n${columns(heading, rows)}`;
  },
  actors: (summary: ActorSummary) => {
    const rows = summary.groups.map(({ className, total, states, pendingCalls, callsDone, restarts }) => [
      oneLine(className, 60),
      String(total),
      counted(states),
      String(pendingCalls),
      String(callsDone),
      String(restarts),
    ]);
    const heading = ['CLASS', 'ACTORS', 'STATES', 'IN MAILBOXES', 'CALLS DONE', 'RESTARTS'];
    return `${summary.total} actors: ${counted(summary.states)}\n\n${columns(heading, rows)}`;
  },
  objects: (summary: ObjectSummary) => {
    const rows = summary.groups.map(({ creator, kind, total, sizeBytes, spilledBytes }) => [
      oneLine(creator, 60),
      kind,
      String(total),
      size(sizeBytes),
      size(spilledBytes),
    ]);
    const inAll = `${summary.total} objects: ${size(summary.sizeBytes)}, of which ${size(summary.spilledBytes)} on disk`;
    return `${inAll}\n\n${columns(['MADE BY', 'KIND', 'OBJECTS', 'SIZE', 'ON DISK'], rows)}`;
  },
};

function counted(states: Readonly<Partial<Record<string, number>>>): string {
  return Object.entries(states)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}
