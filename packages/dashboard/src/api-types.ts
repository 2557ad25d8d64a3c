import type {
  ActorInfo,
  ErrorInfo,
  JobInfo,
  LogLine,
  MemoryStats,
  MetricInfo,
  NodeInfo,
  NodeStateInfo,
  ObjectInfo,
  PlacementGroupInfo,
  ResourceMap,
  StackInfo,
  StateAnswer,
  TaskInfo,
  TraceEvent,
  WorkerInfo,
} from '@aktis/core';

export type {
  ActorGroup,
  ActorInfo,
  ActorStatus,
  ActorSummary,
  ErrorInfo,
  HeapSnapshotInfo,
  JobInfo,
  LogAnswer,
  LogInfo,
  LogLine,
  MetricInfo,
  MetricSampleInfo,
  NodeSample,
  NodeSeries,
  NodeStateInfo,
  NodeUsage,
  ObjectGroup,
  ObjectInfo,
  ObjectReferenceKind,
  ObjectSummary,
  PlacementBundleInfo,
  PlacementGroupInfo,
  StackFrame,
  StackInfo,
  StateAnswer,
  StateFilter,
  StateListFacts,
  StateOperator,
  StateQuery,
  StateRecords,
  StateResource,
  StateSummaries,
  TaskCounts,
  TaskGroup,
  TaskInfo,
  TaskStatus,
  TaskSummary,
  TaskType,
  WorkerInfo,
} from '@aktis/core';

// Everything the dashboard's server answers under /api: the one text that the server and the pages share. Ids are hex
// strings, times ISO 8601 unless said otherwise, sizes bytes, durations milliseconds. Without the session's cookie every
// answer is 401.

/** The body of every answer that is not 2xx. */
export interface ApiError {
  readonly error: {
    /** Stable: `NOT_FOUND`, `UNAUTHENTICATED`, `BAD_FILTER`, `WORKER_GONE`, … */
    readonly code: string;
    readonly message: string;
  };
}

export type CountsByState = Readonly<Record<string, number>>;

/** GET /api/status */
export interface Status {
  readonly version: string;
  readonly clusterId?: string;
  readonly sessionId: string;
  readonly address: string;
  readonly startedAt: string;
  readonly resources: { readonly total: ResourceMap; readonly available: ResourceMap };
  /** Also those that died in this session. */
  readonly nodes: readonly NodeInfo[];
  readonly pending: readonly PendingDemand[];
  readonly jobs: CountsByState;
  readonly actors: CountsByState;
  readonly tasks: CountsByState;
  readonly store: MemoryStats;
  /** Programs can be submitted here. */
  readonly acceptsJobs: boolean;
  /** This is what was written down of a session. */
  readonly past?: PastSession;
}

/** Work that waits for the same resources for the same reason. */
export interface PendingDemand {
  readonly shape: ResourceMap;
  readonly count: number;
  /** A sentence: `no node has GPU: 2`, `all 8 CPUs are in use`. */
  readonly reason: string;
}

// GET /api/v0/<resource>?limit&offset&sort=-field&filter=key:op:value&detail=1

/**
 * The `<resource>` of `/api/v0/<resource>` and what its records are. `GET /api/v0/<resource>/<id>` answers one record, in
 * detail; of a task that was retried, the newest attempt.
 */
export interface RecordsByResource {
  readonly tasks: TaskInfo;
  readonly actors: ActorInfo;
  readonly objects: ObjectInfo;
  readonly workers: WorkerInfo;
  readonly nodes: NodeStateInfo;
  readonly jobs: JobInfo;
  readonly placement_groups: PlacementGroupInfo;
}

export type Resource = keyof RecordsByResource;

/**
 * GET /api/v0/<resource>. Filters as in `StateFilter`: `filter=state:=:FAILED`; all must hold; the value may contain
 * colons; numbers and booleans as JSON has them. `filter=parentTaskId:=:` (nothing after the operator): the field is absent.
 */
export type ListAnswer<Name extends Resource> = StateAnswer<RecordsByResource[Name]>;

// GET /api/v0/summary/{tasks|actors|objects}, with the same filters: `StateSummaries`.

/**
 * GET /api/history?since=ISO&resolution=ms and GET /api/metrics/history?name=&since=&resolution=. Counters come as they
 * count; a histogram comes as series with the label `quantile`: `0.5`, `0.95`, `0.99`.
 */
export interface History {
  /** Unix time, ms. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
}

/**
 * Of /api/history: `node_cpu_percent`, `node_memory_bytes` and `node_event_loop_delay_ms` with the label `nodeId`, `tasks`
 * with the label `state`, `tasks_finished_per_second`, `tasks_failed_per_second`, `store_bytes`.
 */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** One per time; null: not known. */
  readonly values: readonly (number | null)[];
}

/** GET /api/metrics/list */
export interface MetricList {
  readonly metrics: readonly MetricDescription[];
}

export interface MetricDescription extends Pick<MetricInfo, 'name' | 'kind' | 'description' | 'tagKeys'> {
  /** `user`: made with `metrics.*`. */
  readonly source: 'core' | 'user';
}

/**
 * GET /api/logs?taskId|actorId|workerId|nodeId|jobId&tail=N, oldest first. /api/logs/stream sends every line that is
 * printed from then on, a `LogLine` per event.
 */
export interface LogLines {
  readonly lines: readonly LogLine[];
}

/** GET /api/sessions: the sessions of this user whose history is kept on disk; /history/<session>/api/… tells of one. */
export interface PastSessions {
  readonly directory: string;
  /** The newest first. */
  readonly sessions: readonly PastSession[];
  /** What could not be read. */
  readonly problems: readonly string[];
  /** The session of this server, if there is one. */
  readonly current?: string;
}

export interface PastSession {
  readonly sessionId: string;
  readonly startedAt: string;
  /** When something was written down last. */
  readonly seenAt: string;
  readonly endedAt?: string;
  /** `DIED`: its process ended without a word. */
  readonly state: 'RUNNING' | 'ENDED' | 'DIED';
  readonly pid: number;
  readonly host: string;
  readonly entrypoint: string;
  readonly address: string;
  /** Attempts that were written down, and how many could not be. */
  readonly tasks: { readonly finished: number; readonly failed: number; readonly missed: number };
  readonly bytes: number;
}

/** GET /api/timeline. Events of tasks carry `args.taskId`; failed ones `args.failed`. */
export interface Timeline {
  readonly traceEvents: readonly TraceEvent[];
  readonly dropped: number;
}

/** GET /api/events: one of these per event, `status` once a second. */
export type LiveEvent =
  | { readonly type: 'status'; readonly time: string; readonly status: Status }
  /** The newest errors there are, newest first, at most 20: at first, and when there are new ones. */
  | { readonly type: 'errors'; readonly errors: readonly ErrorNote[] };

export interface ErrorNote {
  readonly at: string;
  readonly error: ErrorInfo;
  /** Of the task, actor, worker or node. */
  readonly name: string;
  readonly taskId?: string;
  readonly actorId?: string;
  readonly workerId?: string;
  readonly nodeId?: string;
  /** How often the same happened. */
  readonly count: number;
}

/** POST /api/workers/<id>/stack */
export interface WorkerStack extends StackInfo {
  /** As one would print it. */
  readonly text: string;
}

/** POST /api/workers/<id>/profile?ms=: a .cpuprofile, as V8 makes it. Times are microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly endTime: number;
  /** Ids of nodes. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly scriptId: string;
    readonly url: string;
    /** From 0. */
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly hitCount?: number;
  readonly children?: readonly number[];
}

/** GET /api/jobs/<id>/logs/tail: one of these per event, from the beginning of what it printed. */
export interface JobTailEvent {
  readonly text: string;
  /** It has ended, and prints no more. */
  readonly isEnd?: true;
}

/** POST /api/jobs/: what runs, in the words of Ray. */
export interface JobSubmitted {
  readonly submission_id: string;
}

/** POST /api/jobs/<id>/stop */
export interface JobStopped {
  readonly stopped: boolean;
}
