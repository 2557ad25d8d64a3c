import { clearInterval, setInterval } from 'node:timers';

const TICKS = 10;

/**
 * Calls back after so many milliseconds in which this process could have read what came: like the `Heartbeat` it counts its own
 * ticks, so a time in which the process was busy counts as one of them at most. Returns what cancels it.
 */
export function whenPatienceEnds(limit: number, callback: () => void): () => void {
  let left = TICKS;
  const timer = setInterval(() => {
    if (--left > 0) return;
    clearInterval(timer);
    callback();
  }, limit / TICKS);
  return () => clearInterval(timer);
}
