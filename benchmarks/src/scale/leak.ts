import { collectGarbage, type Reading, slope } from '@aktis/cli/microbenchmark';
import { megabytes } from './memory.ts';

const POINTS = 10;
/** Until then compilers and caches still settle. */
const FIRST_POINT = 3;
const BATCH = 1_000;

/**
 * Looks at memory after forced collections at ten points on the way through `calls` calls. The value is the growth of the
 * heap in MB for each million calls.
 */
export async function leak(calls: number, callMany: (count: number) => Promise<void>): Promise<Reading> {
  const heap: [millions: number, megabytes: number][] = [];
  const resident: [millions: number, megabytes: number][] = [];
  const start = performance.now();
  for (let point = 1; point <= POINTS; point++) {
    for (let done = 0; done < calls / POINTS; done += BATCH) await callMany(BATCH);
    await collectGarbage();
    const millions = (calls / POINTS / 1e6) * point;
    heap.push([millions, process.memoryUsage().heapUsed / 2 ** 20]);
    resident.push([millions, megabytes()]);
  }
  const taken = performance.now() - start;
  return {
    value: slope(heap.slice(FIRST_POINT - 1)),
    details: {
      'RSS MB per million calls': slope(resident.slice(FIRST_POINT - 1)),
      'first heap MB': heap[0]?.[1] ?? Number.NaN,
      'last heap MB': heap.at(-1)?.[1] ?? Number.NaN,
      'first RSS MB': resident[0]?.[1] ?? Number.NaN,
      'last RSS MB': resident.at(-1)?.[1] ?? Number.NaN,
      'calls/s': (calls * 1000) / taken,
    },
  };
}
