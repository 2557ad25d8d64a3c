import { setImmediate } from 'node:timers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;
let scheduled = false;

/**
 * Asks for a garbage collection once the current turn is over. V8 does not count shared memory as pressure, so garbage
 * that holds much of it would otherwise stay for minutes.
 */
export function collectGarbage(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(() => {
    scheduled = false;
    collect ??= exposeCollector();
    collect?.();
  }).unref();
}

/** The flag is one for all threads: when another takes it back just now, there is no collector, until the next time. */
function exposeCollector(): (() => void) | undefined {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('globalThis.gc') as (() => void) | undefined;
  setFlagsFromString('--no-expose-gc');
  return gc;
}
