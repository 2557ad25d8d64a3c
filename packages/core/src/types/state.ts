import type { ResourceMap } from '../resources.ts';
import type { MemoryStats, NodeInfo } from './reports.ts';

// The records of the state API. Ids are hex strings, times ISO 8601, durations milliseconds, sizes bytes. What is not
// known, or does not apply, is absent. Fields marked "detail" are there only when `detail: true` asks for them.

/** Where a task is on its way; the names are Ray's. */
export type TaskStatus =
  /** Waits for arguments that are refs. */
  | 'PENDING_ARGS_AVAIL'
  /** Waits for resources, or for its actor. */
  | 'PENDING_NODE_ASSIGNMENT'
  /** Lies in a worker, behind what runs there. */
  | 'SUBMITTED_TO_WORKER'
  | 'RUNNING'
  | 'FINISHED'
  | 'FAILED';

export type TaskType = 'NORMAL_TASK' | 'ACTOR_TASK' | 'ACTOR_CREATION_TASK';

/** Why a task failed, or an actor died. */
export interface ErrorInfo {
  /** The name of the error's class. */
  readonly type: string;
  readonly message: string;
  /** Detail. */
  readonly stack?: string;
}

/** One attempt to run a remote function, a method or a constructor. */
export interface TaskInfo {
  readonly taskId: string;
  /** Counts from 0; every retry is a record of its own. */
  readonly attempt: number;
  /** `add`, `Counter.increment`, or the `name` option. */
  readonly name: string;
  /** The function's own name, whatever `name` says. */
  readonly functionName: string;
  readonly type: TaskType;
  readonly state: TaskStatus;
  readonly jobId: string;
  /** Where it runs or ran. */
  readonly nodeId?: string;
  readonly workerId?: string;
  readonly actorId?: string;
  /** The task whose code submitted it; absent: the driver's. */
  readonly parentTaskId?: string;
  readonly submittedAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Milliseconds it ran, or has run so far. */
  readonly duration?: number;
  readonly error?: ErrorInfo;
  readonly requiredResources: ResourceMap;
  /** Detail: when the last of its arguments was there. */
  readonly argsReadyAt?: string;
  /** Detail: of its encoded arguments, without the values of refs. */
  readonly argumentBytes?: number;
  /** Detail: in words, why it has not ended yet. */
  readonly reason?: string;
}

/** The names are Ray's. */
export type ActorStatus = 'DEPENDENCIES_UNREADY' | 'PENDING_CREATION' | 'ALIVE' | 'RESTARTING' | 'DEAD';

export interface ActorInfo {
  readonly actorId: string;
  readonly className: string;
  readonly name?: string;
  readonly namespace: string;
  readonly state: ActorStatus;
  readonly jobId: string;
  readonly nodeId?: string;
  readonly workerId?: string;
  readonly pid?: number;
  readonly detached: boolean;
  readonly restarts: number;
  /** Calls that have not ended: its mailbox, with what runs. */
  readonly pendingCalls: number;
  readonly callsDone: number;
  /** Since somebody last looked, or (at the first look) since it was created. */
  readonly callsPerSecond: number;
  /** Mean milliseconds of its calls. */
  readonly meanCallDuration?: number;
  readonly createdAt: string;
  readonly endedAt?: string;
  readonly deathCause?: ErrorInfo;
  /** What it holds for life; empty: a CPU while it executes. */
  readonly requiredResources: ResourceMap;
  /** Detail; -1: endless. */
  readonly restartsLeft?: number;
  /** Detail. */
  readonly maxConcurrency?: number;
  /** Detail: in words, why it is not alive yet. */
  readonly reason?: string;
}

export type ObjectReferenceKind =
  /** A ref in the driver. It is what remains when no other reference is found. */
  | 'DRIVER'
  /** A ref in a worker. */
  | 'WORKER'
  /** An unfinished task has it as an argument, or inside of one. */
  | 'TASK_ARGUMENT'
  /** Another object contains a ref to it. */
  | 'OBJECT'
  /** A living actor was made with it, and would be again if it restarted. */
  | 'ACTOR'
  /** Another node of the cluster has refs to it. */
  | 'NODE';

/** An object of at least 1 KiB, or one that `put` made. */
export interface ObjectInfo {
  readonly objectId: string;
  readonly sizeBytes: number;
  readonly location: 'MEMORY' | 'SPILLED';
  /** `COPY`: it came from another node. */
  readonly kind: 'PUT' | 'RETURN' | 'COPY';
  readonly referencedBy: readonly ObjectReferenceKind[];
  /** Where it lies. */
  readonly nodeId: string;
  /** The task that returned it. */
  readonly taskId?: string;
  /** The name of that task; otherwise `put` or `copy`. */
  readonly creator: string;
  readonly createdAt: string;
  /** Detail: the worker whose code put it; absent: the driver. */
  readonly workerId?: string;
  /** Detail: how many of each kind. */
  readonly references?: Readonly<Partial<Record<ObjectReferenceKind, number>>>;
  /** Detail: the workers that have refs to it. */
  readonly workerIds?: readonly string[];
  /** Detail: the other nodes that have refs to it. */
  readonly nodeIds?: readonly string[];
  /** Detail: the stack of the driver's `put`, when it is 1 MiB or more. */
  readonly callSite?: string;
}

export interface WorkerInfo {
  readonly workerId: string;
  /** Counts the workers of a node from 1; what logs show. */
  readonly number: number;
  readonly nodeId: string;
  readonly pid: number;
  /** Whose program it has loaded. */
  readonly jobId: string;
  /** What it does now. */
  readonly kind: 'TASK' | 'ACTOR' | 'IDLE';
  readonly state: 'STARTING' | 'ALIVE' | 'DEAD';
  /** Tasks and calls that execute. */
  readonly running: number;
  readonly actors: number;
  readonly heapUsedBytes?: number;
  readonly heapLimitBytes?: number;
  /** 0 to 1: the part of the time its event loop was busy since somebody last looked. */
  readonly eventLoopUtilization?: number;
  /** False: its thread has been in synchronous code for a moment, so the sizes are those of an earlier look. */
  readonly responsive: boolean;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly exitReason?: string;
  /** Detail: what executes. */
  readonly tasks?: readonly { readonly taskId: string; readonly name: string }[];
  /** Detail. */
  readonly actorIds?: readonly string[];
  /** Detail: what was sent to it and has not been answered. */
  readonly inFlight?: number;
  /** Detail: objects and actors its code has refs to. */
  readonly handles?: number;
}

/** How busy a node is. */
export interface NodeUsage {
  /** Of its process with all threads: 100 is one core. */
  readonly cpuPercent: number;
  /** Resident memory of its process. */
  readonly memoryBytes: number;
  readonly machineMemoryBytes: number;
  readonly machineMemoryFreeBytes: number;
  readonly loadAverage: number;
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
  /** Of its hub, 0 to 1. */
  readonly eventLoopUtilization: number;
  /** Milliseconds by which its hub was late, the longest within the last second. */
  readonly eventLoopDelay: number;
  readonly objectStore: MemoryStats;
  readonly workers: number;
  readonly actors: number;
  readonly tasks: TaskCounts;
}

/** How many tasks (calls of actors included) are where; the last two since the node began. */
export interface TaskCounts {
  readonly pendingArgs: number;
  readonly pendingAssignment: number;
  readonly submitted: number;
  readonly running: number;
  readonly finished: number;
  readonly failed: number;
}

/** One record of `listNodes()`. */
export interface NodeStateInfo extends NodeInfo {
  readonly usage?: NodeUsage;
}

export interface JobInfo {
  readonly jobId: string;
  readonly type: 'DRIVER' | 'SUBMISSION';
  readonly state: 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'STOPPED';
  /** The command that was submitted, or the driver's script. */
  readonly entrypoint: string;
  readonly namespace: string;
  readonly driverNodeId?: string;
  readonly driverPid?: number;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly message?: string;
}

export interface PlacementGroupInfo {
  readonly placementGroupId: string;
  readonly name?: string;
  /** `RESCHEDULING`: bundles that were lost with their node are being reserved on others. */
  readonly state: 'PENDING' | 'CREATED' | 'RESCHEDULING' | 'REMOVED';
  readonly strategy: 'PACK' | 'SPREAD' | 'STRICT_PACK' | 'STRICT_SPREAD';
  readonly bundles: readonly PlacementBundleInfo[];
  readonly jobId: string;
  readonly createdAt: string;
  readonly endedAt?: string;
  /** Detail: in words, why it is pending. */
  readonly reason?: string;
}

export interface PlacementBundleInfo {
  readonly resources: ResourceMap;
  /** Where it was reserved. */
  readonly nodeId?: string;
}

/** What the state API lists. */
export interface StateRecords {
  readonly tasks: TaskInfo;
  readonly actors: ActorInfo;
  readonly objects: ObjectInfo;
  readonly workers: WorkerInfo;
  readonly nodes: NodeStateInfo;
  readonly jobs: JobInfo;
  readonly placementGroups: PlacementGroupInfo;
}

export type StateResource = keyof StateRecords;

export type StateOperator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'contains';

/**
 * `['state', '=', 'FAILED']`. `contains` looks for a text in any case, in lists for an element. Times compare with ISO
 * texts, dates and milliseconds. The value `''` with `=`: the field is absent.
 */
export type StateFilter<T> = readonly [
  key: keyof T & string,
  operator: StateOperator,
  value: string | number | boolean | Date,
];

export interface StateQuery<T> {
  /** All of them must hold. */
  readonly filters?: readonly StateFilter<T>[];
  /** At most so many, up to 10,000. Default 100. */
  readonly limit?: number;
  /** How many to pass over first. Default 0. */
  readonly offset?: number;
  /** A field, ascending, or with `-` before it descending. Default: newest first (objects: largest first). */
  readonly sort?: (keyof T & string) | `-${keyof T & string}`;
  /** Also the fields marked "detail", which cost more. Default false. */
  readonly detail?: boolean;
}

/** What is known beyond the records of a list. */
export interface StateListFacts {
  /** How many match, listed or not. */
  readonly total: number;
  /** How many older ones have been forgotten; whether they would match is not known. */
  readonly dropped: number;
  /** More match than are listed: raise `limit`, or use `offset`. */
  readonly truncated: boolean;
  /** Nodes that did not answer: what they have is missing. */
  readonly missingNodes: readonly string[];
}

/** An array of records that also tells what it leaves out. */
export type StateList<T> = readonly T[] & StateListFacts;

/** The same as plain JSON: what a node answers to the question `state`. */
export interface StateAnswer<T> extends StateListFacts {
  readonly items: readonly T[];
}

/** What is known beyond the numbers of a summary. */
export interface SummaryFacts {
  /** Nodes that did not answer, if there are any: what they have is missing. */
  readonly missingNodes?: readonly string[];
}

/** Tasks by function. */
export interface TaskSummary extends SummaryFacts {
  readonly total: number;
  readonly dropped: number;
  readonly states: Readonly<Partial<Record<TaskStatus, number>>>;
  /** Most tasks first. */
  readonly groups: readonly TaskGroup[];
}

export interface TaskGroup {
  readonly name: string;
  readonly type: TaskType;
  readonly total: number;
  readonly states: Readonly<Partial<Record<TaskStatus, number>>>;
  /** Milliseconds, of those that ended. */
  readonly meanDuration: number;
  readonly maxDuration: number;
  readonly totalDuration: number;
}

/** Actors by class. */
export interface ActorSummary extends SummaryFacts {
  readonly total: number;
  readonly dropped: number;
  readonly states: Readonly<Partial<Record<ActorStatus, number>>>;
  readonly groups: readonly ActorGroup[];
}

export interface ActorGroup {
  readonly className: string;
  readonly total: number;
  readonly states: Readonly<Partial<Record<ActorStatus, number>>>;
  readonly pendingCalls: number;
  readonly callsDone: number;
  readonly restarts: number;
}

/** Objects by what made them. */
export interface ObjectSummary extends SummaryFacts {
  readonly total: number;
  readonly sizeBytes: number;
  readonly spilledBytes: number;
  /** Most bytes first. */
  readonly groups: readonly ObjectGroup[];
}

export interface ObjectGroup {
  readonly creator: string;
  readonly kind: ObjectInfo['kind'];
  readonly total: number;
  readonly sizeBytes: number;
  readonly spilledBytes: number;
}

export interface StateSummaries {
  readonly tasks: TaskSummary;
  readonly actors: ActorSummary;
  readonly objects: ObjectSummary;
}
