import type { Daemon } from './daemon.ts';

/** SIGTERM, SIGINT and SIGHUP (its terminal was closed) end the daemon gracefully; the second one at once. */
export function endOnSignals(daemon: Daemon): void {
  let isAsked = false;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (isAsked) process.exit(1);
      isAsked = true;
      void daemon.stop('it was stopped');
    });
  }
}
