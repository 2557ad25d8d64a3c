import { type InitOptions, init, shutdown } from '@aktis/core';
import type { Case, Workload } from '../workload.ts';

/** A case that runs in a session with as many CPUs as it has workers. */
export function inSession(
  prepare: (size: number | undefined) => Workload | Promise<Workload>,
  options: InitOptions = {},
): Case {
  return async ({ workers, size }) => {
    await init({ numCpus: workers, includeDashboard: false, ...options });
    return { ...(await prepare(size)), end: shutdown };
  };
}
