import type { StateAnswer } from '../../../src/api-types.ts';

/** How many rows are asked for at once. */
export const CHUNK = 100;
/** How many chunks are kept: a reader who comes back a little finds them there. */
const CAPACITY = 40;

export type LoadChunk<Item> = (offset: number, limit: number, signal: AbortSignal) => Promise<StateAnswer<Item>>;

/**
 * The rows of one query of which only some are on the screen. `want` says which; they are asked for in chunks, those that
 * are out of sight again before their answer came are given up, and `onChange` tells of everything that arrives.
 */
export class RowCache<Item> {
  total: number | undefined;
  dropped = 0;
  /** How many nodes did not answer. */
  missing = 0;
  failure: unknown;
  /** When the newest answer came. */
  loadedAt = 0;
  readonly #load: LoadChunk<Item>;
  readonly #onChange: () => void;
  /** In the order in which they were last seen. */
  readonly #chunks = new Map<number, readonly Item[]>();
  readonly #running = new Map<number, AbortController>();
  #wanted: readonly [number, number] = [0, 0];

  constructor(load: LoadChunk<Item>, onChange: () => void) {
    this.#load = load;
    this.#onChange = onChange;
  }

  row(index: number): Item | undefined {
    return this.#chunks.get(Math.floor(index / CHUNK))?.[index % CHUNK];
  }

  /** The rows from `first` to `last` are on the screen. */
  want(first: number, last: number): void {
    this.#wanted = [Math.floor(first / CHUNK), Math.floor(Math.max(first, last) / CHUNK)];
    for (const [chunk, abort] of this.#running) {
      if (this.#isWanted(chunk)) continue;
      abort.abort();
      this.#running.delete(chunk);
    }
    this.#eachWanted(chunk => {
      const known = this.#chunks.get(chunk);
      if (known === undefined) void this.#fetch(chunk);
      else this.#touch(chunk, known);
    });
  }

  /** Asks again for what is on the screen, which stays there until the answer comes; forgets everything else. */
  reload(): void {
    for (const chunk of this.#chunks.keys()) if (!this.#isWanted(chunk)) this.#chunks.delete(chunk);
    this.#eachWanted(chunk => void this.#fetch(chunk));
  }

  close(): void {
    for (const abort of this.#running.values()) abort.abort();
  }

  #isWanted(chunk: number): boolean {
    return chunk >= this.#wanted[0] && chunk <= this.#wanted[1];
  }

  #eachWanted(visit: (chunk: number) => void): void {
    for (let chunk = this.#wanted[0]; chunk <= this.#wanted[1]; chunk++) visit(chunk);
  }

  async #fetch(chunk: number): Promise<void> {
    if (this.#running.has(chunk)) return;
    const abort = new AbortController();
    this.#running.set(chunk, abort);
    try {
      const { items, total, dropped, missingNodes } = await this.#load(chunk * CHUNK, CHUNK, abort.signal);
      if (abort.signal.aborted) return;
      this.#touch(chunk, items);
      Object.assign(this, { total, dropped, missing: missingNodes.length, failure: undefined, loadedAt: Date.now() });
    } catch (error) {
      if (abort.signal.aborted) return;
      this.failure = error;
    }
    if (abort.signal.aborted) return;
    this.#running.delete(chunk);
    this.#onChange();
  }

  #touch(chunk: number, items: readonly Item[]): void {
    this.#chunks.delete(chunk);
    this.#chunks.set(chunk, items);
    for (const oldest of this.#chunks.keys()) {
      if (this.#chunks.size <= CAPACITY) break;
      this.#chunks.delete(oldest);
    }
  }
}
