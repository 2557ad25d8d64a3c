import { setTimeout } from 'node:timers';

/** In milliseconds; virtual in tests. */
export interface Time {
  now(): number;
  /** Does not keep the process alive. */
  after(milliseconds: number, callback: () => void): void;
}

export const systemTime: Time = {
  now: () => performance.now(),
  after: (milliseconds, callback) => void setTimeout(callback, milliseconds).unref(),
};
