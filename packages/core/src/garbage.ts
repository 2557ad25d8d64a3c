import { setImmediate, setTimeout } from 'node:timers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** After a collection, so many times as long as it took there is none: in a large heap each takes seconds. */
const REST = 10;

let collect: (() => void) | undefined;
let scheduled = false;
let restsUntil = 0;

/**
 * Asks for a garbage collection once the current turn is over, or when the last one was long enough ago. V8 does not count
 * shared memory as pressure, so garbage that holds much of it would otherwise stay for minutes.
 */
export function collectGarbage(): void {
  if (scheduled) return;
  scheduled = true;
  const wait = restsUntil - performance.now();
  if (wait > 0) setTimeout(collectNow, wait).unref();
  else setImmediate(collectNow).unref();
}

function collectNow(): void {
  scheduled = false;
  collect ??= exposeCollector();
  const began = performance.now();
  collect?.();
  const ended = performance.now();
  restsUntil = ended + REST * (ended - began);
}

/** The flag is one for all threads: when another takes it back just now, there is no collector, until the next time. */
function exposeCollector(): (() => void) | undefined {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('globalThis.gc') as (() => void) | undefined;
  setFlagsFromString('--no-expose-gc');
  return gc;
}
