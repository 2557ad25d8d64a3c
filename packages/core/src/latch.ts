import type { ObjectEntry, Waiter } from './object-entry.ts';

/** Waits for many objects at once: one object and one promise, however many they are. */
export class Latch implements Waiter {
  readonly #entries: readonly ObjectEntry[];
  readonly #stopAtFailure: boolean;
  readonly #onSettled: (() => void) | undefined;
  readonly opened: Promise<void>;
  #missing: number;
  #open: () => void = () => {};
  /** The first object that failed, if failures open the latch. */
  failed: ObjectEntry | undefined;

  /**
   * @param count how many of `entries` must be settled
   * @param stopAtFailure whether the first failure opens it, too
   */
  constructor(entries: readonly ObjectEntry[], count: number, stopAtFailure: boolean, onSettled?: () => void) {
    this.#entries = entries;
    this.#stopAtFailure = stopAtFailure;
    this.#onSettled = onSettled;
    this.#missing = count;
    this.opened = new Promise(resolve => {
      this.#open = resolve;
    });
    for (const entry of entries) {
      entry.wait(this);
      if (this.failed !== undefined) break;
    }
    if (this.#missing <= 0) this.#open();
  }

  settled(entry: ObjectEntry): void {
    this.#missing--;
    this.#onSettled?.();
    if (this.#stopAtFailure && entry.state === 'failed') this.failed ??= entry;
    if (this.#missing <= 0 || this.failed !== undefined) this.#open();
  }

  /** Stops waiting for what is not settled yet. */
  close(): void {
    for (const entry of this.#entries) if (!entry.isSettled) entry.unwait(this);
  }
}
