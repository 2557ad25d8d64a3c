import {
  currentWorker,
  executions,
  type Holdable,
  isObjectRef,
  PendingCallsLimitError,
  type Runtime,
} from '@aktis/core';

/** The unfinished calls of this worker on one actor that has a `maxPendingCalls`. A driver's are counted by its node. */
class PendingCalls {
  readonly #runtime: Runtime;
  #count = 0;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  assertBelow(limit: number, className: string): void {
    if (this.#count < limit) return;
    throw new PendingCallsLimitError(
      `${className} has ${this.#count} unfinished calls from here and maxPendingCalls is ${limit}: wait for some of them first`,
    );
  }

  add(result: unknown): void {
    const ref = Array.isArray(result) ? result[0] : result;
    if (!isObjectRef(ref)) return;
    this.#count++;
    // In nobody's name: the task that made the call goes on meanwhile.
    executions
      .exit(() => this.#runtime.wait([ref], 1, -1, false))
      .then(
        () => this.#count--,
        () => this.#count--,
      );
  }
}

const counted = new WeakMap<Holdable, PendingCalls>();

export function pendingCallsOf(actor: Holdable, runtime: Runtime): PendingCalls | undefined {
  if (currentWorker() === undefined) return undefined;
  let calls = counted.get(actor);
  if (calls === undefined) counted.set(actor, (calls = new PendingCalls(runtime)));
  return calls;
}
