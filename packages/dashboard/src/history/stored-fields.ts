import type { StateRecords } from '@aktis/core';
import { jobColumns, nodeColumns } from '@aktis/core/hub';
import type { KeptResource } from './history-batch.ts';

/** What a past session can list. Objects are not kept: they are gone. */
export type StoredResource = KeptResource | 'tasks';

/** `time`: milliseconds in a column; `isoTime`: text within a record. The rest as in the state API. */
type FieldKind = 'text' | 'number' | 'time' | 'isoTime' | 'flag' | 'list' | 'structure';

/** One field of a record, and where SQL finds it. */
export interface Field {
  readonly kind: FieldKind;
  readonly sql: string;
}

type Kinds<R extends StoredResource> = { readonly [Name in keyof StateRecords[R]]-?: FieldKind };

const tasks: Omit<Kinds<'tasks'>, 'reason'> = {
  taskId: 'text',
  attempt: 'number',
  name: 'text',
  functionName: 'text',
  type: 'text',
  state: 'text',
  jobId: 'text',
  nodeId: 'text',
  workerId: 'text',
  actorId: 'text',
  parentTaskId: 'text',
  submittedAt: 'time',
  startedAt: 'time',
  endedAt: 'time',
  duration: 'number',
  error: 'structure',
  requiredResources: 'structure',
  argsReadyAt: 'time',
  argumentBytes: 'number',
};

const actors: Kinds<'actors'> = {
  actorId: 'text',
  className: 'text',
  name: 'text',
  namespace: 'text',
  state: 'text',
  jobId: 'text',
  nodeId: 'text',
  workerId: 'text',
  pid: 'number',
  detached: 'flag',
  restarts: 'number',
  pendingCalls: 'number',
  callsDone: 'number',
  callsPerSecond: 'number',
  meanCallDuration: 'number',
  createdAt: 'isoTime',
  endedAt: 'isoTime',
  deathCause: 'structure',
  requiredResources: 'structure',
  restartsLeft: 'number',
  maxConcurrency: 'number',
  reason: 'text',
};

const workers: Kinds<'workers'> = {
  workerId: 'text',
  number: 'number',
  nodeId: 'text',
  pid: 'number',
  jobId: 'text',
  kind: 'text',
  state: 'text',
  running: 'number',
  actors: 'number',
  heapUsedBytes: 'number',
  heapLimitBytes: 'number',
  eventLoopUtilization: 'number',
  responsive: 'flag',
  startedAt: 'isoTime',
  endedAt: 'isoTime',
  exitReason: 'text',
  tasks: 'list',
  actorIds: 'list',
  inFlight: 'number',
  handles: 'number',
};

const placementGroups: Kinds<'placementGroups'> = {
  placementGroupId: 'text',
  name: 'text',
  state: 'text',
  strategy: 'text',
  bundles: 'list',
  jobId: 'text',
  createdAt: 'isoTime',
  endedAt: 'isoTime',
  reason: 'text',
};

/** As a living session has them. */
const kindsOf = (columns: Readonly<Record<string, { readonly kind: FieldKind }>>) =>
  Object.fromEntries(
    Object.entries(columns).map(([name, { kind }]): [string, FieldKind] => [name, kind === 'time' ? 'isoTime' : kind]),
  );
const columns = (kinds: Readonly<Record<string, FieldKind>>) =>
  Object.fromEntries(Object.entries(kinds).map(([name, kind]): [string, Field] => [name, { kind, sql: name }]));
const properties = (kinds: Readonly<Record<string, FieldKind>>) =>
  Object.fromEntries(
    Object.entries(kinds).map(([name, kind]): [string, Field] => [name, { kind, sql: `data->>'${name}'` }]),
  );

export const FIELDS: Readonly<Record<StoredResource, Readonly<Record<string, Field>>>> = {
  tasks: columns(tasks),
  actors: properties(actors),
  workers: properties(workers),
  jobs: properties(kindsOf(jobColumns)),
  placementGroups: properties(placementGroups),
  nodes: properties(kindsOf(nodeColumns)),
};
