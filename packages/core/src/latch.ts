import type { LocalArrivals } from './local-arrivals.ts';
import type { ObjectEntry, Waiter } from './object-entry.ts';

/** Waits for many objects at once: one object and one promise, however many they are. */
export class Latch implements Waiter {
  readonly #entries: readonly ObjectEntry[];
  readonly #stopAtFailure: boolean;
  readonly #onSettled: (() => void) | undefined;
  readonly #arrivals: LocalArrivals | null;
  readonly opened: Promise<void>;
  #missing: number;
  #open: () => void = () => {};
  /** The first object that failed, if failures open the latch. */
  failed: ObjectEntry | undefined;

  /**
   * @param count how many of `entries` must be settled
   * @param stopAtFailure whether the first failure opens it, too
   * @param arrivals brings those that are elsewhere: they count when they are here
   */
  constructor(
    entries: readonly ObjectEntry[],
    count: number,
    stopAtFailure: boolean,
    onSettled?: () => void,
    arrivals: LocalArrivals | null = null,
  ) {
    this.#entries = entries;
    this.#stopAtFailure = stopAtFailure;
    this.#onSettled = onSettled;
    this.#arrivals = arrivals;
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
    if (this.#arrivals === null || this.#arrivals.isHere(entry)) this.#counted(entry);
    else void this.#arrivals.bring(entry).then(() => this.#counted(entry));
  }

  #counted(entry: ObjectEntry): void {
    this.#missing--;
    this.#onSettled?.();
    if (this.#stopAtFailure && entry.state === 'failed') this.failed ??= entry;
    if (this.#missing <= 0 || this.failed !== undefined) this.#open();
  }

  /** Stops waiting for what is not settled yet. */
  close(): void {
    this.#arrivals?.close();
    for (const entry of this.#entries) if (!entry.isSettled) entry.unwait(this);
  }
}
