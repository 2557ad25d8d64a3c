import type { Payload } from '@aktis/transport';
import { AktisError } from './errors.ts';
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
  #skip = 0;
  #waiting: (() => void)[] = [];
  #consumed = 0;
  readonly #limit: number;
  #isPaused = false;
  /** Tells the producer how many items have been consumed. */
  onConsumed: (count: number) => void = () => {};
  /** The producer is as far ahead as it may be, and waits. */
  onPaused: () => void = () => {};
  /** The producer may go on. */
  onResumed: (count: number) => void = () => {};
  onEnded: () => void = () => {};
  /** The consumer left the loop. */
  onAbandoned: () => void = () => {};

  /** @param limit how many items the producer may be ahead */
  constructor(limit: number, newId: () => number) {
    this.#limit = limit;
    this.#newId = newId;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get produced(): number {
    return this.#produced;
  }

  /** A new run of the generator (retry) begins: it produces from the start; what was produced already is skipped. */
  restart(): void {
    this.#skip = this.#produced;
    this.#isPaused = false;
  }

  yield(payload: Payload, contains: readonly Holdable[] | null): void {
    if (this.#skipped()) return;
    this.#next().resolve(payload, contains);
    this.#wake();
    if (this.#isPaused || this.#produced - this.#consumed < this.#limit) return;
    this.#isPaused = true;
    this.onPaused();
  }

  /** The error becomes the item at this position, and the last one. */
  fail(failure: Failure): void {
    if (this.#ended) return;
    this.#next().fail(failure);
    this.end();
  }

  end(): void {
    if (!this.#ended) this.onEnded();
    this.#ended = true;
    this.#wake();
  }

  /** The item at `position` once it is there; undefined: the stream ends before it. */
  async item(position: number): Promise<ObjectEntry | undefined> {
    if (position < this.#consumed) {
      throw new AktisError(
        'This stream has been read already, and streams are read once: collect it with get(stream) and keep the values',
      );
    }
    const entry = await this.passOn(position);
    if (entry !== undefined) this.consumedUpTo(position + 1);
    return entry;
  }

  /** The same, for whoever passes it on: it counts as consumed when `consumedUpTo` says so. */
  async passOn(position: number): Promise<ObjectEntry | undefined> {
    while (position >= this.#produced && !this.#ended) {
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
    const entry = this.#items.get(position);
    this.#items.delete(position);
    return entry;
  }

  consumedUpTo(count: number): void {
    if (count <= this.#consumed) return;
    this.#consumed = count;
    this.#tellProducer();
  }

  /** A paused producer goes on when half of its items are consumed: going on costs it a turn in the scheduler. */
  #tellProducer(): void {
    if (!this.#isPaused) {
      this.onConsumed(this.#consumed);
    } else if (this.#produced - this.#consumed <= this.#limit / 2) {
      this.#isPaused = false;
      this.onResumed(this.#consumed);
    }
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
