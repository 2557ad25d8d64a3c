import type { StateRecords, StateResource } from '@aktis/core';
import { demand } from '../format/amounts.ts';
import { columns } from '../format/columns.ts';
import { oneLine } from '../format/one-line.ts';
import { nodesTable } from '../format/records.ts';
import { age, duration, percent, size } from '../format/units.ts';

type Columns<T> = Readonly<Record<string, (record: T) => string | number | undefined>>;

/** Under which headings people read the records. Ids stand in full where other commands take them. */
const tables: { readonly [R in Exclude<StateResource, 'nodes'>]: Columns<StateRecords[R]> } = {
  tasks: {
    TASK: ({ taskId }) => taskId,
    TRY: ({ attempt }) => (attempt === 0 ? '' : attempt + 1),
    NAME: ({ name }) => oneLine(name, 40),
    STATE: ({ state }) => state,
    SUBMITTED: ({ submittedAt }) => submittedAt,
    RAN: task => (task.duration === undefined ? '' : duration(task.duration)),
    WORKER: ({ workerId }) => workerId,
    ERROR: ({ error }) => error && oneLine(`${error.type}: ${error.message}`),
  },
  actors: {
    ACTOR: ({ actorId }) => actorId,
    CLASS: ({ className }) => oneLine(className, 40),
    NAME: ({ name }) => name && oneLine(name, 40),
    STATE: ({ state }) => state,
    MAILBOX: ({ pendingCalls }) => pendingCalls,
    DONE: ({ callsDone }) => callsDone,
    'MEAN CALL': ({ meanCallDuration: mean }) => (mean === undefined ? '' : duration(mean)),
    RESTARTS: ({ restarts }) => restarts,
    WORKER: ({ workerId }) => workerId,
    'DEATH CAUSE': ({ deathCause }) => deathCause && oneLine(`${deathCause.type}: ${deathCause.message}`),
  },
  objects: {
    OBJECT: ({ objectId }) => objectId,
    SIZE: ({ sizeBytes }) => size(sizeBytes),
    'MADE BY': ({ creator }) => oneLine(creator, 40),
    'HELD BY': ({ referencedBy }) => referencedBy.join(', '),
    LOCATION: ({ location }) => location,
    AGE: ({ createdAt }) => age(createdAt),
    NODE: ({ nodeId }) => nodeId.slice(0, 12),
  },
  workers: {
    WORKER: ({ workerId }) => workerId,
    NUMBER: ({ number }) => number,
    STATE: ({ state }) => state,
    KIND: ({ kind }) => kind,
    RUNNING: ({ running }) => running,
    ACTORS: ({ actors }) => actors,
    HEAP: ({ heapUsedBytes: used }) => (used === undefined ? '' : size(used)),
    BUSY: ({ eventLoopUtilization: busy, responsive, state }) =>
      state !== 'ALIVE' ? '' : responsive ? percent(busy ?? 0, 1) : 'blocked',
    AGE: ({ startedAt }) => age(startedAt),
    NODE: ({ nodeId }) => nodeId.slice(0, 12),
    'EXIT REASON': ({ exitReason }) => exitReason && oneLine(exitReason),
  },
  jobs: {
    JOB: ({ jobId }) => jobId,
    TYPE: ({ type }) => type,
    STATE: ({ state }) => state,
    STARTED: ({ startedAt }) => startedAt,
    COMMAND: ({ entrypoint }) => oneLine(entrypoint),
    MESSAGE: ({ message }) => message && oneLine(message),
  },
  placementGroups: {
    'PLACEMENT GROUP': ({ placementGroupId }) => placementGroupId,
    NAME: ({ name }) => name && oneLine(name, 40),
    STATE: ({ state }) => state,
    STRATEGY: ({ strategy }) => strategy,
    BUNDLES: ({ bundles }) => oneLine(bundles.map(({ resources }) => demand(resources)).join(' | ')),
    REASON: ({ reason }) => reason && oneLine(reason),
  },
};

export function stateTable<R extends StateResource>(resource: R, records: readonly StateRecords[R][]): string {
  if (resource === 'nodes') return nodesTable(records as never, { used: true });
  const cells = Object.entries(tables[resource as Exclude<R, 'nodes'>] as Columns<StateRecords[R]>);
  // A column that nobody fills is left away.
  const filled = cells
    .map(([heading, cell]) => ({ heading, texts: records.map(record => String(cell(record) ?? '')) }))
    .filter(({ texts }) => texts.some(text => text !== ''));
  const rows = records.map((_, i) => filled.map(({ texts }) => texts[i] as string));
  return rows.length === 0
    ? 'none'
    : columns(
        filled.map(({ heading }) => heading),
        rows,
      );
}
