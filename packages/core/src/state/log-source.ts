import { publicId } from '../ids.ts';
import type { Log } from '../protocol.ts';
import type { WorkerThread } from '../worker-thread.ts';
import type { ActorIds } from './actor-ids.ts';
import type { LogSource } from './log-store.ts';

/** Whose code printed. It may have ended since, and its slot may be another's by now. */
export function sourceOf(
  nodeId: string,
  actorIds: ActorIds,
  thread: WorkerThread,
  [, name, , , slot, id, actor]: Log,
): LogSource {
  const actorId = actor === 0 ? undefined : actorIds.of(actor);
  const jobId = thread.environment.job?.id;
  if (id === 0) return { name, jobId, taskId: undefined, actorId };
  const task = slot < 0 ? null : thread.taskIn(slot);
  // A constructor runs under the id of its actor.
  const isRunning = task !== null && (task.id === id || (id === actor && task.actorId === actor));
  if (isRunning) return { name, jobId, taskId: task.output.publicId ?? publicId(nodeId, task.id), actorId };
  return { name, jobId, taskId: id === actor ? undefined : publicId(nodeId, id), actorId };
}
