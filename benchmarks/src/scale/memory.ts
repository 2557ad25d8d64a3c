import { setTimeout as sleep } from 'node:timers/promises';
import { collectGarbage, type Reading } from '@aktis/cli/microbenchmark';

export function megabytes(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}

/** Of this thread. */
export function heapMegabytes(): number {
  return process.memoryUsage().heapUsed / 2 ** 20;
}

export function peakMegabytes(): number {
  return process.resourceUsage().maxRSS / 1024;
}

/** What the process holds once everything has come to rest. */
export async function restingMemory(): Promise<Reading> {
  await collectGarbage();
  await sleep(1_000);
  await collectGarbage();
  return { value: megabytes() };
}
