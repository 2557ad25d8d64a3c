/** What the same work costs with nothing but `worker_threads`. */
import { collectGarbage } from '../garbage.ts';
import { median } from '../statistics.ts';
import { GIGABYTES, largeArray, smallObjects } from '../values.ts';
import {
  type CaseParameters,
  type Cases,
  inFlight,
  measured,
  oneAtATime,
  repeated,
  times,
  type Workload,
} from '../workload.ts';
import { RawWorkers, startRawWorker } from './raw-workers.ts';

const STARTS = 5;

function withWorkers(prepare: (workers: RawWorkers, size: number) => Workload) {
  return async ({ workers: count, size = 1_000 }: CaseParameters): Promise<Workload> => {
    const workers = new RawWorkers(count);
    // Threads that still start would be measured.
    await Promise.all(times(count, () => workers.add(1, 2)));
    return { ...prepare(workers, size), end: () => workers.end() };
  };
}

export const cases = {
  oneAtATime: withWorkers(workers => oneAtATime(() => workers.add(1, 2))),
  atOnce: withWorkers((workers, size) => repeated(size, () => Promise.all(times(size, () => workers.add(1, 2))))),
  inFlight: withWorkers((workers, size) => inFlight(size, () => workers.add(1, 2))),
  batchAtOnce: withWorkers((workers, size) =>
    repeated(size, () => Promise.all(times(size, () => workers.addBatched(1, 2)))),
  ),
  batchInFlight: withWorkers((workers, size) => inFlight(size, () => workers.addBatched(1, 2))),

  smallObjects: withWorkers(workers => {
    const items = smallObjects();
    return repeated(10, () => Promise.all(times(10, () => workers.count(items))));
  }),

  /** One copy into shared memory, which every worker then reads. */
  shareArray: withWorkers((workers, size) => {
    const numbers = largeArray(100);
    return measured(async () => {
      await collectGarbage();
      const start = performance.now();
      const copy = copyOf(numbers);
      await Promise.all(times(size, () => workers.ends(copy)));
      return { value: performance.now() - start };
    });
  }),

  copyIntoSharedMemory: async () => {
    const numbers = largeArray(800);
    return measured(async () => {
      await collectGarbage();
      const start = performance.now();
      copyOf(numbers);
      return { value: GIGABYTES / ((performance.now() - start) / 1000) };
    });
  },

  /** The same without the pages of the memory being touched for the first time. */
  copyIntoUsedMemory: async () => {
    const numbers = largeArray(800);
    const copy = copyOf(numbers);
    return measured(async () => {
      const start = performance.now();
      copy.set(numbers);
      return { value: GIGABYTES / ((performance.now() - start) / 1000) };
    });
  },

  startWorker: async () =>
    measured(async () => {
      const taken: number[] = [];
      for (let i = 0; i < STARTS; i++) {
        const { milliseconds, worker } = await startRawWorker();
        taken.push(milliseconds);
        await worker.terminate();
      }
      return { value: median(taken) };
    }),

  startTenWorkers: async () =>
    measured(async () => {
      const start = performance.now();
      const started = await Promise.all(times(10, startRawWorker));
      const taken = performance.now() - start;
      await Promise.all(started.map(({ worker }) => worker.terminate()));
      return { value: taken };
    }),

  startOneWorker: async () =>
    measured(async () => {
      const { milliseconds } = await startRawWorker();
      return { value: milliseconds };
    }),
} satisfies Cases;

function copyOf(numbers: Float64Array): Float64Array {
  const copy = new Float64Array(new SharedArrayBuffer(numbers.byteLength));
  copy.set(numbers);
  return copy;
}
