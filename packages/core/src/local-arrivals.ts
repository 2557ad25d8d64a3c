import { Urgency } from './demand.ts';
import type { ObjectEntry } from './object-entry.ts';
import type { ObjectStore } from './object-store.ts';

/** Brings to this node what a `wait` waits for and exists elsewhere. */
export class LocalArrivals {
  readonly #store: ObjectStore;
  readonly #end = new AbortController();
  readonly #lost = new Set<ObjectEntry>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Its value is on this node, or there is none: it has failed, or is lost. */
  isHere(entry: ObjectEntry): boolean {
    return entry.isSettled && (entry.source === null || this.#lost.has(entry));
  }

  /** Resolves when a settled object is here. Never when `close` was called before. */
  async bring(entry: ObjectEntry): Promise<void> {
    try {
      (await this.#store.hold([entry], Urgency.wait, this.#end.signal)).release();
    } catch {
      if (this.#end.signal.aborted) return new Promise(() => {});
      // Whoever gets it is told why.
      this.#lost.add(entry);
    }
  }

  /** What has not begun to come need not. */
  close(): void {
    this.#end.abort();
  }
}
