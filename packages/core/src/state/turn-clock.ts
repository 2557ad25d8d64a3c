import { isTracing } from '../tracing/open-telemetry.ts';

// As it was before user code could replace it.
const { queueMicrotask } = globalThis;

/** So many may see the same time. */
const SHARED_BY = 64;

let time = 0;
let left = 0;
let traced = false;

/**
 * Whole milliseconds, as `performance.now()` counts them: read once for what happens in one go, because asking the clock
 * is a good part of what a task costs.
 */
export function turnNow(): number {
  if (left === 0) {
    time = Math.floor(performance.now());
    traced = isTracing();
    left = SHARED_BY;
    queueMicrotask(expire);
  }
  left--;
  return time;
}

/** Whether calls may belong to a trace, as of the last `turnNow()`. */
export function isTurnTraced(): boolean {
  return traced;
}

function expire(): void {
  left = 0;
}
