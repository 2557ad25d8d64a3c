import { current, currentWorker } from './current-runtime.ts';
import { publicId } from './ids.ts';
import { executions } from './worker/execution.ts';

/** Where something was logged. Ids are those of the state API. */
export interface LogContext {
  readonly jobId?: string;
  readonly nodeId?: string;
  readonly workerId?: string;
  readonly taskId?: string;
  readonly actorId?: string;
}

/**
 * The ids of the job, node, worker, task and actor whose code this is, for lines of a logger of your own. What does not
 * apply is absent: in a driver there is no task; without a session there is nothing.
 *
 * @example
 * const logger = pino({ mixin: logContext });
 * logger.info('begins'); // {"level":30,…,"jobId":"…","taskId":"…","msg":"begins"}
 */
export function logContext(): LogContext {
  const worker = currentWorker();
  if (worker === undefined) {
    const { node } = current;
    return node === undefined ? {} : { jobId: node.jobId, nodeId: node.id };
  }
  const { jobId, nodeId, workerId } = worker.data;
  const execution = executions.getStore();
  if (execution === undefined) return { jobId, nodeId, workerId };
  const taskId = publicId(nodeId, execution.id);
  if (execution.actor === 0) return { jobId, nodeId, workerId, taskId };
  return { jobId, nodeId, workerId, taskId, actorId: publicId(nodeId, execution.actor) };
}
