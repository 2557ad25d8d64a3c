import type { Holdable } from './object-entry.ts';

/**
 * How many handles a worker has on each object and actor. Every reference that is sent to it counts one up, and it counts
 * them down as its own garbage collection finds them. When the worker dies all of this is simply dropped.
 */
export class HandleCounts {
  readonly #held = new Map<number, { readonly item: Holdable; count: number }>();
  readonly #onReleased: (item: Holdable) => void;

  constructor(onReleased: (item: Holdable) => void) {
    this.#onReleased = onReleased;
  }

  add(item: Holdable): void {
    const held = this.#held.get(item.id);
    if (held === undefined) this.#held.set(item.id, { item, count: 1 });
    else held.count++;
  }

  /** The worker calls `item` by a number of its own. */
  addAs(id: number, item: Holdable): void {
    this.#held.set(id, { item, count: 1 });
  }

  get(id: number): Holdable | undefined {
    return this.#held.get(id)?.item;
  }

  /** How many handles the worker has on what it calls `id`. */
  count(id: number): number {
    return this.#held.get(id)?.count ?? 0;
  }

  /** On how many objects and actors it has any. */
  get size(): number {
    return this.#held.size;
  }

  /** `[id, how many, …]` are gone. */
  release(counts: readonly number[]): void {
    for (let i = 0; i < counts.length; i += 2) {
      const id = counts[i] as number;
      const held = this.#held.get(id);
      if (held === undefined) continue;
      held.count -= counts[i + 1] as number;
      if (held.count > 0) continue;
      this.#held.delete(id);
      this.#onReleased(held.item);
    }
  }

  clear(): void {
    this.#held.clear();
  }
}
