import { type Callable, type Holdable, type Payload, Task, type TaskRoute } from '@aktis/core';

/** One call of an actor's method. */
export class MethodTask extends Task {
  readonly method: string;
  /** JSON of the options of this call, for the worker. */
  readonly options: string;
  /** CPUs the method needs while it executes. */
  readonly numCpus: number;
  readonly #className: string;

  constructor(
    id: number,
    actor: { readonly id: number; readonly callable: Callable; readonly className: string },
    route: TaskRoute,
    method: string,
    args: Payload,
    contains: readonly Holdable[] | null,
    retries: number,
    timeout: number,
    numCpus: number,
    options: string,
  ) {
    super(id, actor.callable, route, args, contains, retries, timeout);
    this.method = method;
    this.options = options;
    this.numCpus = numCpus;
    this.actorId = actor.id;
    this.#className = actor.className;
  }

  override get name(): string {
    return `${this.#className}.${this.method}`;
  }
}

/** One run of an actor's constructor. */
export class ConstructorTask extends Task {
  readonly #className: string;

  constructor(
    id: number,
    actor: { readonly id: number; readonly callable: Callable; readonly className: string },
    route: TaskRoute,
    args: Payload,
    contains: readonly Holdable[] | null,
  ) {
    super(id, actor.callable, route, args, contains, 0, 0);
    this.actorId = actor.id;
    this.#className = actor.className;
  }

  override get name(): string {
    return `${this.#className}.constructor`;
  }
}
