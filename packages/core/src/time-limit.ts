import { clearTimeout, setTimeout } from 'node:timers';
/**
 * Waits for `work`, but not longer than `milliseconds` (-1: for ever) and not after `signal` aborted. When the time is
 * up it rejects with what `late` makes, or without it resolves to undefined.
 */
export async function waitLimited<T>(
  work: Promise<T>,
  milliseconds: number,
  signal: AbortSignal | undefined,
  late: (() => Error) | undefined,
): Promise<T | undefined> {
  signal?.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const limit = new Promise<undefined>((resolve, reject) => {
    if (milliseconds >= 0) {
      timer = setTimeout(() => (late === undefined ? resolve(undefined) : reject(late())), milliseconds);
    }
    if (signal !== undefined) {
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
    }
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
  }
}

/** A signal that aborts with `signal`, or with what `late` makes when `milliseconds` (-1: never) have passed. */
export function limitedSignal(
  milliseconds: number,
  signal: AbortSignal | undefined,
  late: () => Error,
): { signal: AbortSignal | undefined; clear(): void } {
  if (milliseconds < 0) return { signal, clear: () => {} };
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(late()), milliseconds);
  const any = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]);
  return { signal: any, clear: () => clearTimeout(timer) };
}
