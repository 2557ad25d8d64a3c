import { clearTimeout, setTimeout } from 'node:timers';
/**
 * Those who wait for something, first come, first served. Whoever waits leaves exactly once: served, out of time, or
 * because the signal aborted. These cannot cross, because all of it happens in one thread.
 */
export class WaitingLine<Wanted, Answer> {
  readonly #waiting = new Set<Waiting<Wanted, Answer>>();

  get length(): number {
    return this.#waiting.size;
  }

  /**
   * @param timeout milliseconds; null: no limit
   * @param without the answer for one who leaves without being served
   */
  wait(wanted: Wanted, timeout: number | null, signal: AbortSignal | undefined, without: Answer): Promise<Answer> {
    return new Promise(resolve => {
      let timer: NodeJS.Timeout | undefined;
      const leave = (answer: Answer) => {
        this.#waiting.delete(waiting);
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
        resolve(answer);
      };
      const giveUp = () => leave(without);
      const waiting = { wanted, serve: leave };
      this.#waiting.add(waiting);
      if (timeout !== null) timer = setTimeout(giveUp, timeout);
      signal?.addEventListener('abort', giveUp);
      if (signal?.aborted) giveUp();
    });
  }

  /** Takes out the first. */
  next(): Waiting<Wanted, Answer> | undefined {
    for (const first of this.#waiting) {
      this.#waiting.delete(first);
      return first;
    }
    return undefined;
  }
}

interface Waiting<Wanted, Answer> {
  readonly wanted: Wanted;
  serve(answer: Answer): void;
}
