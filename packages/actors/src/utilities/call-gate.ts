import { WaitingLine } from './waiting-line.ts';

/**
 * Lets so many calls through at a time, in the order in which they came. A thousand waiting `get`s of one thread then
 * occupy a few places in the queue's mailbox and not a thousand.
 */
export class CallGate {
  readonly #limit: number;
  readonly #line = new WaitingLine<null, boolean>();
  #inside = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Undefined: go ahead, at once. Else resolves to whether the caller may, or its time is up. */
  enter(timeout: number | undefined): Promise<boolean> | undefined {
    if (this.#inside < this.#limit) {
      this.#inside++;
      return undefined;
    }
    return this.#line.wait(null, timeout ?? null, undefined, false);
  }

  leave(): void {
    const next = this.#line.next();
    if (next === undefined) this.#inside--;
    else next.serve(true);
  }
}
