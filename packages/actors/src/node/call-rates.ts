import type { Actor } from './actor.ts';

/** How long a look lasts: more frequent ones see the same rate. */
const LOOK_MS = 1_000;

interface Look {
  readonly at: number;
  readonly done: number;
  readonly rate: number;
}

/** Calls per second of actors, without counting anything but calls: the difference between two looks. */
export class CallRates {
  readonly #looks = new WeakMap<Actor, Look>();

  of(actor: Actor, now = Date.now()): number {
    const last = this.#looks.get(actor) ?? { at: actor.createdAt, done: 0, rate: 0 };
    if (now - last.at < LOOK_MS && this.#looks.has(actor)) return last.rate;
    const rate = ((actor.callsDone - last.done) * 1000) / Math.max(1, now - last.at);
    this.#looks.set(actor, { at: now, done: actor.callsDone, rate });
    return rate;
  }
}
