import { collectGarbage, type Reading, slope } from '@aktis/cli/microbenchmark';
import { heapMegabytes, megabytes } from './memory.ts';

const POINTS = 10;
/** Until then compilers and caches still settle. */
const FIRST_POINT = 3;
const BATCH = 1_000;

type Point = readonly [millions: number, megabytes: number];

/**
 * Looks at memory after forced collections at ten points on the way through `calls` calls. The value is the growth of the
 * heap in MB for each million calls. Resident memory also grows when a thread's young generation does, once, by up to 48 MB.
 */
export async function leak(
  calls: number,
  callMany: (count: number) => Promise<void>,
  workerHeap: () => Promise<number>,
): Promise<Reading> {
  const heap: Point[] = [];
  const inWorker: Point[] = [];
  const resident: Point[] = [];
  const start = performance.now();
  for (let point = 1; point <= POINTS; point++) {
    for (let done = 0; done < calls / POINTS; done += BATCH) await callMany(BATCH);
    await collectGarbage();
    const millions = (calls / POINTS / 1e6) * point;
    heap.push([millions, heapMegabytes()]);
    inWorker.push([millions, await workerHeap()]);
    resident.push([millions, megabytes()]);
  }
  const taken = performance.now() - start;
  return {
    value: growth(heap),
    details: {
      'worker heap MB per million calls': growth(inWorker),
      'RSS MB per million calls': growth(resident),
      'RSS growth MB': (resident.at(-1)?.[1] ?? Number.NaN) - (resident[0]?.[1] ?? Number.NaN),
      'last RSS MB': resident.at(-1)?.[1] ?? Number.NaN,
      'calls/s': (calls * 1000) / taken,
    },
  };
}

function growth(points: readonly Point[]): number {
  return slope(points.slice(FIRST_POINT - 1));
}
