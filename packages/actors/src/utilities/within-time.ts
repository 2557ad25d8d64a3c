import { clearTimeout, setTimeout } from 'node:timers';
/** What a promise became; promises of it never reject. */
export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

export function unwrap<T>(outcome: Outcome<T>): T {
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

export async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

/** What `promise` resolves to, or undefined when `milliseconds` have passed before. */
export async function withinTime<T>(promise: Promise<T>, milliseconds: number | undefined): Promise<T | undefined> {
  if (milliseconds === undefined) return promise;
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<undefined>(resolve => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  try {
    return await Promise.race([promise, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
