import { NodeDiedError, OutOfMemoryError, WorkerDiedError } from './errors.ts';
import type { WorkerThread } from './worker-thread.ts';

/** The error for work a dead thread takes with it. `sentence`: what was going on, up to the worker's name. */
export function deathOf(thread: WorkerThread, sentence: string): WorkerDiedError {
  const message = `${sentence} worker ${thread.workerId}, which ${thread.deathReason}`;
  if (thread.outOfMemory === 'machine') return new OutOfMemoryError(message);
  if (thread.outOfMemory === 'heap') {
    return new OutOfMemoryError(`${message}. Process less at a time, or raise runtimeEnv.resourceLimits`);
  }
  if (thread.endsWithSession) return new NodeDiedError(message);
  return new WorkerDiedError(message);
}
