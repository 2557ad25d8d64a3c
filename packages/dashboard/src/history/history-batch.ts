import type { NodeSeries, StateRecords, TaskInfo } from '@aktis/core';

/** What is kept as it was last seen, one record for each thing. */
export const KEPT = ['jobs', 'nodes', 'actors', 'workers', 'placementGroups'] as const;
export type KeptResource = (typeof KEPT)[number];

/** The field that tells the records of a resource apart. */
export const ID_FIELDS: Readonly<Record<KeptResource, string>> = {
  jobs: 'jobId',
  nodes: 'nodeId',
  actors: 'actorId',
  workers: 'workerId',
  placementGroups: 'placementGroupId',
};

/** What has happened since the last batch. */
export interface HistoryBatch {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly ended: readonly TaskInfo[];
  /** All that executes at this moment. */
  readonly running: readonly TaskInfo[];
  /** So many tasks were forgotten before they could be written down. */
  readonly missed: number;
  readonly records: { readonly [R in KeptResource]?: readonly StateRecords[R][] };
  readonly series: readonly NodeSeries[];
}

/** What is known of a session from its beginning. */
export interface SessionFacts {
  readonly sessionId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly pid: number;
  readonly host: string;
  /** The program. */
  readonly entrypoint: string;
  readonly address: string;
}
