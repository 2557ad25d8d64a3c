import type { FailureOrigin } from '../failure.ts';
import { methodOf } from '../state/task-names.ts';
import type { Task } from '../task.ts';
import { traceCall } from './open-telemetry.ts';

/** Which trace unfinished tasks belong to. Empty, and so without cost, unless the program traces. */
export class Traces {
  readonly #traces = new Map<number, string>();

  /** The driver's code calls `task` now; or code in a worker did, which has announced it if it belongs to a trace. */
  called(task: Task, { taskId, actorId, nodeId }: FailureOrigin): void {
    const key = traceKey(task);
    if (task.parent !== null || this.#traces.has(key)) return;
    const trace = traceCall(task.name, {
      'aktis.task.id': taskId as string,
      ...(actorId !== undefined && { 'aktis.actor.id': actorId }),
      'aktis.node.id': nodeId as string,
    });
    if (trace !== undefined) this.#traces.set(key, trace);
  }

  /** The driver's code makes an actor now, whose constructor may run on another node. */
  created(actorId: number, name: string, { nodeId, ...origin }: FailureOrigin): void {
    const attributes = { 'aktis.actor.id': origin.actorId as string, 'aktis.node.id': nodeId as string };
    const trace = traceCall(`${name}.constructor`, attributes);
    if (trace !== undefined) this.#traces.set(actorId, trace);
  }

  /** Its constructor runs on another node, which is told. */
  taken(actorId: number): string | undefined {
    const trace = this.#traces.get(actorId);
    this.#traces.delete(actorId);
    return trace;
  }

  /** A worker says it of the task or actor that it tells about next. */
  announced(id: number, trace: string): void {
    this.#traces.set(id, trace);
  }

  of(task: Task): string | undefined {
    return this.#traces.size === 0 ? undefined : this.#traces.get(traceKey(task));
  }

  ended(task: Task): void {
    if (this.#traces.size > 0) this.#traces.delete(traceKey(task));
  }
}

/** A constructor goes by the id of its actor. */
export function traceKey(task: Task): number {
  return methodOf(task) === '' ? task.actorId : task.id;
}
