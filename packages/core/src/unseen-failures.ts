import type { Codec } from '@aktis/transport';
import type { Failure } from './failure.ts';
import type { ObjectEntry } from './object-entry.ts';

/** How many are described when the session ends. */
const REPORTED = 10;

/**
 * Failures nobody has looked at: logged once, when the last ref to the failed object is gone or the session ends. A
 * failure that is read late is none of them.
 */
export class UnseenFailures {
  readonly #codec: Codec;
  readonly #warn: (text: string) => void;
  readonly #failures = new Set<Failure>();
  readonly #collected = new FinalizationRegistry<Failure>(failure => {
    if (this.#failures.delete(failure) && !failure.seen) this.#report(failure);
  });

  constructor(codec: Codec, warn: (text: string) => void) {
    this.#codec = codec;
    this.#warn = warn;
  }

  watch(failure: Failure, entry: ObjectEntry): void {
    if (this.#failures.has(failure)) return;
    this.#failures.add(failure);
    this.#collected.register(entry, failure);
  }

  report(): void {
    const unseen = [...this.#failures].filter(failure => !failure.seen);
    this.#failures.clear();
    for (const failure of unseen.slice(0, REPORTED)) this.#report(failure);
    if (unseen.length > REPORTED) this.#warn(`${unseen.length - REPORTED} more failures were never read`);
  }

  #report(failure: Failure): void {
    const cause = failure.cause(this.#codec);
    const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    this.#warn(`${failure.origin.taskName ?? 'a task'} failed and nobody called get on its ref: ${text}`);
  }
}
