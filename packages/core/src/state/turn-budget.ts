import { setImmediate } from 'node:timers/promises';

/** How long a look at the state may keep the hub from its work at a time. */
const TURN_MS = 6;

/** Cuts a long loop of the hub into pieces, between which it does its real work. */
export class TurnBudget {
  #began = performance.now();

  get isSpent(): boolean {
    return performance.now() - this.#began > TURN_MS;
  }

  async pause(): Promise<void> {
    await setImmediate();
    this.#began = performance.now();
  }
}
