import type { Urgency } from '@aktis/core';

/** An object that is to be brought here. */
export interface QueuedPull {
  /** About how many. */
  readonly bytes: number;
  /** Undefined: nobody wants it any more. */
  readonly urgency: Urgency | undefined;
  /** Resolves when it has come, or cannot. */
  begin(): Promise<void>;
  /** It will never begin. */
  drop(): void;
}

/**
 * Which pulls are under way: as many as fit below a limit of bytes, and one in any case. The most urgent ones begin first, and
 * of equal ones those that came first; none is passed by because it is large.
 */
export class PullQueue {
  readonly #limit: number;
  /** By urgency. */
  readonly #waiting: readonly Set<QueuedPull>[] = [new Set(), new Set(), new Set()];
  #bytes = 0;
  #active = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(pull: QueuedPull): void {
    this.#waiting[pull.urgency ?? 0]?.add(pull);
    this.#beginNext();
  }

  /** It may be more or less urgent now. */
  changed(pull: QueuedPull): void {
    if (!this.#waiting.some(waiting => waiting.delete(pull))) return;
    if (pull.urgency !== undefined) {
      this.add(pull);
      return;
    }
    pull.drop();
    this.#beginNext();
  }

  #beginNext(): void {
    for (;;) {
      const next = this.#first();
      if (next === undefined || (this.#active > 0 && this.#bytes + next.bytes > this.#limit)) return;
      for (const waiting of this.#waiting) waiting.delete(next);
      this.#active++;
      this.#bytes += next.bytes;
      void next.begin().finally(() => {
        this.#active--;
        this.#bytes -= next.bytes;
        this.#beginNext();
      });
    }
  }

  #first(): QueuedPull | undefined {
    for (const waiting of this.#waiting) for (const pull of waiting) return pull;
    return undefined;
  }
}
