// Looks into worker threads: stacks, profiles, heaps.

/** One function on a stack. */
export interface StackFrame {
  readonly functionName: string;
  readonly url: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** What a worker is doing at this moment. */
export interface StackInfo {
  readonly workerId: string;
  readonly nodeId: string;
  /** Innermost first; empty: it is idle, waiting for its event loop. */
  readonly frames: readonly StackFrame[];
  /** The tasks that are executing or suspended there. */
  readonly tasks: readonly { readonly taskId: string; readonly name: string }[];
  /** Why its stack is not known: its thread is in native code, or ended. */
  readonly problem?: string;
}

/** Which worker. */
export interface ThreadTarget {
  readonly workerId?: string;
  /** Without a worker: which node. */
  readonly nodeId?: string;
}

export interface ProfileQuery extends ThreadTarget {
  /** Milliseconds. Default 1000; at most 60,000. */
  readonly duration?: number;
}

export interface HeapSnapshotInfo {
  readonly nodeId: string;
  /** Where the `.heapsnapshot` lies, on the node. */
  readonly file: string;
  readonly sizeBytes: number;
}

/** What a node is asked for a piece of a snapshot it has written, or to remove it. */
export interface HeapSnapshotRequest {
  readonly nodeId: string;
  readonly file: string;
  /** In bytes. */
  readonly offset?: number;
}

/** A piece of a snapshot. */
export interface HeapSnapshotPart {
  /** Base64. */
  readonly data: string;
  readonly isEnd: boolean;
}
