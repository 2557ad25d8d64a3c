import { AsyncLocalStorage } from 'node:async_hooks';
import type { Callable } from '../callable.ts';
import { publicId } from '../ids.ts';
import type { TaskEvent } from '../state/channels.ts';
import type { RunSpan } from '../tracing/open-telemetry.ts';
import type { WorkerRuntime } from './worker-runtime.ts';

/** One run of user code in a worker: what `runtimeContext()`, nested calls and logs belong to. */
export class Execution {
  readonly worker: WorkerRuntime;
  readonly slot: number;
  readonly id: number;
  readonly callable: Callable;
  readonly name: string;
  /** The actor whose method this is; 0: none. */
  readonly actor: number;
  /** `get`s that wait for an answer of the node. */
  waiting = 0;
  /** When it belongs to a trace. */
  span: RunSpan | undefined = undefined;
  #controller: AbortController | undefined;
  #aborted: Error | undefined;

  constructor(worker: WorkerRuntime, slot: number, id: number, callable: Callable, name: string, actor: number) {
    this.worker = worker;
    this.slot = slot;
    this.id = id;
    this.callable = callable;
    this.name = name;
    this.actor = actor;
  }

  /** What stands before the lines it prints: the class of an actor, not the method. */
  get logName(): string {
    return this.actor === 0 ? this.name : this.callable.definition.name;
  }

  /** What every message about it tells whoever subscribed to a channel. */
  get event(): TaskEvent {
    const { nodeId, workerId } = this.worker.data;
    const actorId = this.actor === 0 ? {} : { actorId: publicId(nodeId, this.actor) };
    return { taskId: publicId(nodeId, this.id), taskName: this.name, ...actorId, nodeId, workerId };
  }

  /** Also seen by a loop that never lets the event loop turn. */
  get isCancelled(): boolean {
    return this.#aborted !== undefined || this.worker.ring.isAborted(this.slot);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted);
    }
    return this.#controller.signal;
  }

  onAbort: (() => void) | undefined;

  abort(reason: Error): void {
    this.#aborted ??= reason;
    this.#controller?.abort(reason);
    this.onAbort?.();
  }
}

/** Which execution the current code belongs to. */
export const executions = new AsyncLocalStorage<Execution>();
