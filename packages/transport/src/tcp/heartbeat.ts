import { clearInterval, setInterval } from 'node:timers';

/** What a heartbeat does to its link. */
export interface HeartbeatActions {
  /** Ask the other end for a sign of life. */
  ask(): void;
  /** Give the other end one. */
  give(): void;
  /** The other end has been silent for too long. */
  lost(): void;
}

/**
 * Notices that the other end has vanished without a word. It counts its own ticks instead of reading a clock: when this
 * process was busy for long, what it has not read yet does not count against the other end.
 *
 * Who hears nothing asks. Who hears something, but has said nothing for a tick, gives a sign of life unasked: the
 * question may be stuck behind a large frame that takes its time.
 */
export class Heartbeat {
  readonly #timer: NodeJS.Timeout;
  #heard = true;
  #said = true;
  #silentTicks = 0;
  readonly #interval: number;
  #allowed = 1;

  /** `limit`: milliseconds of silence; should be several times the `interval` of either end. */
  constructor(interval: number, limit: number, { ask, give, lost }: HeartbeatActions) {
    this.#interval = interval;
    this.allow(limit);
    this.#timer = setInterval(() => {
      const [heard, said] = [this.#heard, this.#said];
      this.#heard = this.#said = false;
      this.#silentTicks = heard ? 0 : this.#silentTicks + 1;
      if (this.#silentTicks >= this.#allowed) lost();
      else if (!heard) ask();
      else if (!said) give();
    }, interval);
    this.#timer.unref();
  }

  /** From now on so many milliseconds of silence are no loss. */
  allow(limit: number): void {
    this.#allowed = Math.max(1, Math.ceil(limit / this.#interval));
  }

  heard(): void {
    this.#heard = true;
  }

  said(): void {
    this.#said = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
