import { Deque } from './deque.ts';
import type { ObjectEntry, Waiter } from './object-entry.ts';

/** Objects in the order in which they settle; each costs the same, however many there are. */
export class Arrivals {
  readonly #arrived = new Deque<number>();
  readonly #waiters: readonly { readonly entry: ObjectEntry; readonly waiter: Waiter }[];
  #wake: () => void = () => {};

  constructor(entries: readonly ObjectEntry[]) {
    this.#waiters = entries.map((entry, index) => ({
      entry,
      waiter: {
        settled: () => {
          if (entry.failure !== undefined) entry.failure.seen = true;
          this.#arrived.push(index);
          this.#wake();
        },
      },
    }));
    for (const { entry, waiter } of this.#waiters) entry.wait(waiter);
  }

  get hasNext(): boolean {
    return this.#arrived.size > 0;
  }

  /** Resolves when there is one. */
  next(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve;
    });
  }

  take(): number {
    return this.#arrived.shift() as number;
  }

  /** Nobody wants to know about the rest. */
  close(): void {
    for (const { entry, waiter } of this.#waiters) if (!entry.isSettled) entry.unwait(waiter);
  }
}
