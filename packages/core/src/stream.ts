import type { Payload } from '@aktis/transport';
import type { Failure } from './failure.ts';
import { type Holdable, ObjectEntry } from './object-entry.ts';

/**
 * The items of one generator task, as produced: consumers ask for the item at a position, the producer is told how far
 * they got, and may be `streamBuffer` items ahead.
 */
export class Stream {
  readonly #items = new Map<number, ObjectEntry>();
  readonly #newId: () => number;
  #produced = 0;
  #ended = false;
  #waiting: (() => void)[] = [];
  #consumed = 0;
  /** Tells the producer how many items have been consumed. */
  onConsumed: (count: number) => void = () => {};
  /** The consumer left the loop. */
  onAbandoned: () => void = () => {};

  constructor(newId: () => number) {
    this.#newId = newId;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get produced(): number {
    return this.#produced;
  }

  /** A new run of the generator (retry) begins: it produces from the start; what was produced already is skipped. */
  #skip = 0;
  restart(): void {
    this.#skip = this.#produced;
  }

  yield(payload: Payload, contains: readonly Holdable[] | null): void {
    if (this.#skipped()) return;
    this.#next().resolve(payload, contains);
    this.#wake();
  }

  /** The error becomes the item at this position, and the last one. */
  fail(failure: Failure): void {
    if (this.#ended) return;
    this.#next().fail(failure);
    this.end();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The item at `position` once it is there; undefined: the stream ends before it. */
  async item(position: number): Promise<ObjectEntry | undefined> {
    while (position >= this.#produced && !this.#ended) {
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
    const entry = this.#items.get(position);
    if (entry === undefined) return undefined;
    this.#items.delete(position);
    if (position >= this.#consumed) {
      this.#consumed = position + 1;
      this.onConsumed(this.#consumed);
    }
    return entry;
  }

  get consumed(): number {
    return this.#consumed;
  }

  /** Nobody will ask for more. */
  abandon(): void {
    this.#items.clear();
    if (!this.#ended) this.onAbandoned();
  }

  #skipped(): boolean {
    if (this.#skip === 0) return this.#ended;
    this.#skip--;
    return true;
  }

  #next(): ObjectEntry {
    const entry = new ObjectEntry(this.#newId());
    this.#items.set(this.#produced++, entry);
    return entry;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
