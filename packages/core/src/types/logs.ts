// What workers printed. Ids are hex strings, times ISO 8601, durations milliseconds.

/** Which log: that of a worker, or what one task, actor or job printed; without any of them what all workers printed. */
export interface LogQuery {
  readonly workerId?: string;
  readonly taskId?: string;
  readonly actorId?: string;
  readonly jobId?: string;
  readonly stream?: 'stdout' | 'stderr';
  /** The last so many lines. Default 100; at most 10,000. */
  readonly tail?: number;
  /** Lines after these numbers only, by node: `last` of an earlier answer. */
  readonly after?: Readonly<Record<string, number>>;
  /** When there is nothing new: wait so many milliseconds for it, at most 10,000. */
  readonly wait?: number;
}

/** Options of `getLog`. */
export interface GetLogOptions extends Omit<LogQuery, 'after' | 'wait'> {
  /** Also what is printed from now on, until the loop is left or `signal` aborts. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

export interface LogLine {
  /** Rises with every line a node's workers print. */
  readonly number: number;
  readonly at: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  readonly nodeId: string;
  readonly workerId: string;
  /** Whose program printed it. */
  readonly jobId: string;
  readonly taskId?: string;
  readonly actorId?: string;
  /** Of the task, or the class of the actor; `worker` outside of any. */
  readonly name: string;
}

/** What a node answers to the question `log`. */
export interface LogAnswer {
  readonly lines: readonly LogLine[];
  /** What to pass as `after` next. */
  readonly last: Readonly<Record<string, number>>;
  /** So many older lines of this log have been forgotten, at least. */
  readonly dropped: number;
  /** Whether there is such a task, actor, worker or job. */
  readonly known: boolean;
  /** Nothing will be added any more. */
  readonly ended: boolean;
}

/** One log there is: a worker's. */
export interface LogInfo {
  readonly workerId: string;
  readonly workerNumber: number;
  readonly nodeId: string;
  readonly state: 'ALIVE' | 'DEAD';
  /** Lines in memory. */
  readonly lines: number;
  /** All it has printed so far. */
  readonly bytes: number;
  /** Paths on its node, when the session keeps logs in files. */
  readonly files: readonly string[];
}
