/**
 * Waits for `work`, but not longer than `milliseconds` (-1: for ever) and not after `signal` aborted. When the time is
 * up it rejects with what `late` makes, or without it just goes on.
 */
export async function waitLimited(
  work: Promise<void>,
  milliseconds: number,
  signal: AbortSignal | undefined,
  late: (() => Error) | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const limit = new Promise<void>((resolve, reject) => {
    if (milliseconds >= 0) {
      timer = setTimeout(() => (late === undefined ? resolve() : reject(late())), Math.min(milliseconds, 2 ** 31 - 1));
    }
    if (signal !== undefined) {
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
    }
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
  }
}
