import { setImmediate } from 'node:timers';
import type { Link } from '@aktis/transport';
import { Op } from '../protocol.ts';
import type { Execution } from './execution.ts';

interface Pending {
  readonly execution: Execution | undefined;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** How a successful answer is read. */
  readonly read: (answer: unknown) => unknown;
}

/** What user code in this worker has asked the node and not heard of yet. */
export class PendingRequests {
  readonly #link: Link;
  readonly #onAnswered: () => void;
  readonly #pending = new Map<number, Pending>();
  #count = 0;

  constructor(link: Link, onAnswered: () => void) {
    this.#link = link;
    this.#onAnswered = onAnswered;
  }

  open(
    execution: Execution | undefined,
    read: (answer: unknown) => unknown,
  ): { request: number; promise: Promise<unknown> } {
    const request = ++this.#count;
    if (execution !== undefined) execution.waiting++;
    const promise = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(request, { execution, resolve, reject, read });
    });
    return { request, promise };
  }

  answer(request: number, answer: unknown): void {
    const pending = this.#take(request);
    if (pending === undefined) return;
    try {
      pending.resolve(pending.read(answer));
    } catch (error) {
      pending.reject(error);
    }
  }

  fail(request: number, error: unknown): void {
    this.#take(request)?.reject(error);
  }

  /** Whoever asked has given up, unless the answer has come. */
  forget(request: number): void {
    const pending = this.#pending.get(request);
    if (pending === undefined) return;
    this.#pending.delete(request);
    if (pending.execution !== undefined) pending.execution.waiting--;
    this.#link.send([Op.Forget, request]);
  }

  failAll(error: Error): void {
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  #take(request: number): Pending | undefined {
    const pending = this.#pending.get(request);
    if (pending === undefined) return undefined;
    this.#pending.delete(request);
    this.#onAnswered();
    const { execution } = pending;
    if (execution !== undefined && --execution.waiting > 0) {
      // Its code goes on now; if it then waits for another answer again, the node must know.
      setImmediate(() => {
        if (execution.waiting > 0) this.#link.send([Op.Blocked, execution.slot]);
      });
    }
    return pending;
  }
}
