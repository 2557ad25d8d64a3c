import type { PlacementGroupOptions, ResourceMap } from '@aktis/core';

/** A member of the cluster, in the table `nodes`. A node that leaves `ALIVE` or `DRAINING` never comes back under this id. */
export interface NodeRecord {
  readonly nodeId: string;
  readonly name: string;
  readonly pid: number;
  readonly host: string;
  /** Where its links are accepted: `host:port`. Empty: nowhere (it opens links itself). */
  readonly address: string;
  readonly state: 'ALIVE' | 'DRAINING' | 'DEAD';
  readonly isHead: boolean;
  readonly kind: 'node' | 'driver';
  /** Of the job a driver runs. */
  readonly jobId?: string;
  readonly total: ResourceMap;
  readonly labels: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly startedAt: string;
  /** While it drains, and when it left by that: why, and until when at the latest (ISO 8601). */
  readonly drain?: { readonly reason: string; readonly deadline: string };
  readonly deathReason?: string;
  readonly diedAt?: string;
  /** SHA-256 of its certificate, hex, when links use TLS. */
  readonly fingerprint?: string;
  /** The version of Aktis; nodes of another minor version are refused. */
  readonly version: string;
}

/** What a node tells all others once a second, and when it changes. */
export interface Heartbeat {
  readonly nodeId: string;
  /** Counts up; an older one that comes late is ignored. */
  readonly sequence: number;
  readonly available: ResourceMap;
  /** Tasks and actors that wait for resources there. */
  readonly waiting: number;
}

/** `PENDING → RUNNING → SUCCEEDED | FAILED | STOPPED` */
export type JobState = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'STOPPED';

/** Everything one driver started, or a command that was submitted, in the table `jobs`. */
export interface JobRecord {
  readonly jobId: string;
  readonly kind: 'driver' | 'submission';
  /** The driver, or the head that runs the command. */
  readonly driverNodeId: string;
  readonly driverPid?: number;
  readonly namespace: string;
  readonly state: JobState;
  /** The command of `aktis submit`, or the driver's script. */
  readonly entrypoint: string;
  /** Of a driver that a submitted command started. */
  readonly submissionId?: string;
  /** Of a submitted command that has ended by itself. */
  readonly exitCode?: number;
  /** Hash of its code bundle; undefined when nothing was bundled. */
  readonly code?: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly message?: string;
}

/** A detached placement group, in the table `groups`. */
export interface GroupRecord {
  readonly groupId: string;
  /** Its home. */
  readonly ownerNodeId: string;
  readonly bundles: readonly ResourceMap[];
  readonly options: PlacementGroupOptions;
  /** For each bundle the node it is reserved on; null: none. */
  readonly nodeIds: readonly (string | null)[];
  readonly wasPlaced: boolean;
}

/** An actor that must be found by others: named or detached; in the table `actors`. */
export interface ActorRecord {
  readonly actorId: string;
  /** Rises with every instance; calls carry it, and an instance refuses those of another. */
  readonly generation: number;
  readonly nodeId: string;
  /** The node whose handles keep it alive; for a detached one, the node it lives on. */
  readonly ownerNodeId: string;
  readonly state: 'PENDING' | 'ALIVE' | 'RESTARTING' | 'DEAD';
  readonly name?: string;
  readonly namespace: string;
  readonly className: string;
  /** The method table its handles are made from. */
  readonly methods: string;
  readonly maxPendingCalls: number;
  readonly jobId: string;
  readonly detached: boolean;
  /** How often it has restarted, and may yet: of the latest instance whose restart was written down. */
  readonly restarts: number;
  readonly restartsLeft: number;
  /** How to construct it again elsewhere; only of detached ones. */
  readonly spec?: string;
}
