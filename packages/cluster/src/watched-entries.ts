import type { Entry } from './control-store.ts';
import { tell } from './tell.ts';

/**
 * What one watch has told its listener. After a gap the store hands over all there is, and the difference is told: so
 * a deletion nobody saw is told as well, and nothing old.
 */
export class WatchedEntries {
  readonly #listener: (key: string, entry: Entry | undefined) => void;
  readonly #told = new Map<string, Entry>();
  /** Keys seen since `begin`, while all there is comes in. */
  #seen: Set<string> | undefined;
  ended = false;

  constructor(listener: (key: string, entry: Entry | undefined) => void) {
    this.#listener = listener;
  }

  /** All there is comes now, up to `complete`. */
  begin(): void {
    this.#seen = new Set();
  }

  complete(): void {
    const seen = this.#seen;
    this.#seen = undefined;
    if (seen === undefined) return;
    for (const key of [...this.#told.keys()]) if (!seen.has(key)) this.deleted(key);
  }

  set(entry: Entry): void {
    this.#seen?.add(entry.key);
    const told = this.#told.get(entry.key);
    // Both: a store that was lost and made anew counts its revisions from the start.
    if (told?.revision === entry.revision && told.value === entry.value) return;
    this.#told.set(entry.key, entry);
    this.#tell(entry.key, entry);
  }

  deleted(key: string): void {
    this.#seen?.add(key);
    if (this.#told.delete(key)) this.#tell(key, undefined);
  }

  #tell(key: string, entry: Entry | undefined): void {
    if (!this.ended) tell(() => this.#listener(key, entry));
  }
}
