import type { ObjectEntry } from './object-entry.ts';
import { Task } from './task.ts';

/** Why an object is not ready, in words. */
export function explainObject(entry: ObjectEntry): string {
  if (entry.state === 'failed') return 'it has failed: get(ref) rejects with the reason';
  if (entry.isSettled) return 'it is ready';
  if (entry.producer instanceof Task) return explainTask(entry.producer);
  return (entry as ObjectEntry).producer?.explain?.() ?? 'nothing on this node is making it';
}

/** Where a task is and what it waits for, in words. */
export function explainTask(task: Task): string {
  const { name, state, thread } = task;
  if (state === 'waiting' && task.arguments !== null) {
    const missing = task.arguments.entries.find(entry => !entry.isSettled);
    return `${name} waits for its arguments${missing === undefined ? '' : `; ${explainObject(missing)}`}`;
  }
  if (task.arguments?.isComing === true) {
    return `${name} waits for arguments that are being brought from ${task.arguments.areElsewhere ? 'another node' : 'disk'}`;
  }
  if (state === 'sent' && thread === null) return `${name} was sent to another node: ${task.route.explain(task)}`;
  if (state === 'queued' || thread === null) return `${name} is queued: ${task.route.explain(task)}`;
  if (thread.state === 'starting') return `${name} starts as soon as worker ${thread.workerId} has started`;
  if (!task.hasStarted)
    return `${name} was sent to worker ${thread.workerId} and starts as soon as what runs there has ended`;
  const waits = task.waitingFor !== null && task.waitingFor.size > 0;
  return `${name} is running on worker ${thread.workerId}${waits ? ', and waits in get for other objects' : ''}`;
}
