/** How a worker thread ended. */
export interface ThreadExit {
  readonly code: number;
  /** In words, to follow "the worker": `exited with code 3 (process.exit was called)`. */
  readonly reason: string;
  readonly outOfMemory: boolean;
  /** What was thrown outside of any task, or the error of Node about memory. */
  readonly error?: Error;
  /** The last 20 lines it wrote to stderr. */
  readonly stderrTail: readonly string[];
}

/** What is known when the `exit` event comes. */
export interface ExitFacts {
  readonly code: number;
  readonly error: unknown;
  readonly terminated: boolean;
  /** The host closed the link, so that the worker had nothing left to do. */
  readonly linkClosed: boolean;
  readonly heapLimitMb: number | undefined;
  readonly stderrTail: readonly string[];
}

export function describeExit(facts: ExitFacts): ThreadExit {
  const { code, stderrTail } = facts;
  const outOfMemory = isOutOfMemory(facts.error);
  const error = asError(facts.error);
  const reason = outOfMemory ? outOfMemoryReason(facts) : reasonOf(facts, error);
  return { code, reason, outOfMemory, ...(error && { error }), stderrTail };
}

function outOfMemoryReason({ heapLimitMb }: ExitFacts): string {
  return heapLimitMb === undefined ? 'ran out of memory' : `ran out of memory: its heap limit is ${heapLimitMb} MB`;
}

function reasonOf({ code, terminated, linkClosed, error: thrown }: ExitFacts, error: Error | undefined): string {
  if (terminated) return 'was terminated';
  if (error !== undefined) return `threw outside of any task: ${error.stack ?? error.message}`;
  if (thrown !== undefined) return `threw outside of any task: ${String(thrown)}`;
  if (code === 0 && linkClosed) return 'ended because its link was closed';
  if (code === 0) return 'exited with code 0 (process.exit was called, or nothing kept it running)';
  return `exited with code ${code} (process.exit was called)`;
}

function isOutOfMemory(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}

/** Errors of a worker belong to another realm under jest, so `instanceof` says nothing. */
function asError(value: unknown): Error | undefined {
  return typeof value === 'object' && value !== null && 'message' in value ? (value as Error) : undefined;
}
