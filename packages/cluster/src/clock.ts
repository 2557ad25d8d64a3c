import { setTimeout } from 'node:timers';

/** Time as membership and placement see it; virtual in tests and simulations. */
export interface Clock {
  /** Milliseconds that only go forward, from any start. All judging is by these. */
  now(): number;
  /** Milliseconds since 1970: for records that people read, and to notice that the machine slept. */
  wallTime(): number;
  /** Calls back once after so many milliseconds. Does not keep the process alive. */
  after(milliseconds: number, callback: () => void): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(milliseconds, callback) {
    setTimeout(callback, milliseconds).unref();
  },
};
