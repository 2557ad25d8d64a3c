import { clearInterval, setInterval } from 'node:timers';

/**
 * Notices that the other end has vanished without a word. It counts its own ticks instead of reading a clock: when this
 * process was busy for long, what it has not read yet does not count against the other end.
 */
export class Heartbeat {
  readonly #timer: NodeJS.Timeout;
  #heard = true;
  #silentTicks = 0;

  /** `ping` is called on each tick of a silent time, `lost` when the silence has lasted for `limit` milliseconds. */
  constructor(interval: number, limit: number, ping: () => void, lost: () => void) {
    const allowed = Math.max(1, Math.ceil(limit / interval));
    this.#timer = setInterval(() => {
      if (this.#heard) {
        this.#heard = false;
        this.#silentTicks = 0;
      } else if (++this.#silentTicks >= allowed) lost();
      else ping();
    }, interval);
    this.#timer.unref();
  }

  heard(): void {
    this.#heard = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
