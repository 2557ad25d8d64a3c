import type { Callable, Holdable, Payload, TaskRoute } from '@aktis/core';
import { Task } from '@aktis/core/hub';
import type { MethodOptions } from '../method-options.ts';

interface CalledActor {
  readonly id: number;
  readonly callable: Callable;
  readonly className: string;
}

interface MethodCallParts {
  readonly id: number;
  readonly method: string;
  readonly args: Payload;
  readonly contains: readonly Holdable[] | null;
  readonly options: string;
  readonly parent: Task | null;
}

/** One call of an actor's method. */
export class MethodTask extends Task {
  readonly method: string;
  /** JSON of the options of this call, for the worker. */
  readonly options: string;
  /** CPUs the method needs while it executes. */
  readonly numCpus: number;
  readonly #className: string;

  constructor(actor: CalledActor, route: TaskRoute, call: MethodCallParts, options: MethodOptions) {
    const retries = options.maxTaskRetries ?? actor.callable.options.maxTaskRetries ?? 0;
    super(call.id, actor.callable, route, call.args, call.contains, retries, options.timeout ?? 0);
    this.method = call.method;
    this.options = call.options;
    this.numCpus = options.numCpus ?? 1;
    this.retryExceptions = options.retryExceptions;
    this.actorId = actor.id;
    this.parent = call.parent;
    this.#className = actor.className;
  }

  override get name(): string {
    return `${this.#className}.${this.method}`;
  }

  /** Calls of one task, of one actor, or of the driver are one caller's. */
  get caller(): number {
    const { parent } = this;
    if (parent === null) return 0;
    return parent.actorId === 0 ? parent.id : parent.actorId;
  }
}

/** One run of an actor's constructor. */
export class ConstructorTask extends Task {
  readonly #className: string;

  constructor(id: number, actor: CalledActor, route: TaskRoute, args: Payload, contains: readonly Holdable[] | null) {
    super(id, actor.callable, route, args, contains, 0, 0);
    this.actorId = actor.id;
    this.#className = actor.className;
  }

  override get name(): string {
    return `${this.#className}.constructor`;
  }
}
