import { clearTimeout, setTimeout } from 'node:timers';
import { ClusterUnreachableError } from '@aktis/core';
import type { Ask } from '@aktis/dashboard';

/** How long an answer may take that needs no time of its own. */
const LIMIT_MS = 10_000;

/** Milliseconds: profiles last as long as they are to. */
export function limitOf(value: unknown): number {
  const { duration = 0 } = (value ?? {}) as { duration?: number };
  return LIMIT_MS + duration;
}

/** Gives up when an answer takes too long. */
export function limited(ask: Ask): Ask {
  return async (question, value) => {
    const limit = limitOf(value);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = () => new ClusterUnreachableError(`The cluster did not answer within ${limit / 1000} s`);
      timer = setTimeout(() => reject(error()), limit);
    });
    try {
      return await Promise.race([ask(question, value), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}
