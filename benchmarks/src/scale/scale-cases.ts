/** How cost grows with how much there is. */
import { type Cases, collectGarbage, measured, repeated, times, type Workload } from '@aktis/cli/microbenchmark';
import { get, init, type ObjectRef, put, remote, shutdown, wait } from 'aktis';
import { leak } from './leak.ts';
import { heapMegabytes, megabytes, peakMegabytes, restingMemory } from './memory.ts';

const add = remote(function add(a: number, b: number): number {
  return a + b;
});

const countArguments = remote(function countArguments(...values: readonly number[]): number {
  return values.length;
});

const numbersUpTo = remote(function numbersUpTo(size: number): number[] {
  return times(size, i => i);
});

const heapOfWorker = remote(async function heapOfWorker(): Promise<number> {
  await collectGarbage();
  return heapMegabytes();
});

class Small {
  #calls = 0;

  call(): number {
    return ++this.#calls;
  }
}
remote(Small);

const WARM_UP_CALLS = 50_000;
const BATCH = 10_000;
const FEW = 100;

function inSession(prepare: (size: number) => Workload, options: Parameters<typeof init>[0] = {}) {
  return async ({ workers, size = 1 }: { workers: number; size?: number }): Promise<Workload> => {
    await init({ numCpus: workers, includeDashboard: false, ...options });
    return { ...prepare(size), end: shutdown };
  };
}

export const cases = {
  queued_tasks: inSession(size =>
    measured(async () => {
      for (let done = 0; done < WARM_UP_CALLS; done += BATCH) await get(times(BATCH, () => add.remote(1, 2)));
      const start = performance.now();
      await get(times(size, () => add.remote(1, 2)));
      return { value: (size * 1000) / (performance.now() - start), details: { 'peak RSS MB': peakMegabytes() } };
    }),
  ),

  live_actors: inSession(
    size =>
      measured(async () => {
        const start = performance.now();
        const actors = times(size, () => Small.remote());
        for (let from = 0; from < size; from += BATCH) {
          await get(actors.slice(from, from + BATCH).map(actor => actor.call.remote()));
        }
        const taken = performance.now() - start;
        await collectGarbage();
        const details = { 'RSS MB': megabytes(), 'peak RSS MB': peakMegabytes() };
        return { value: (actors.length * 1000) / taken, details };
      }),
    { maxActorThreads: 2 },
  ),

  refs_as_arguments: inSession(size => {
    const refs = times(size, put);
    return microsecondsEach(size, () => get(countArguments.remote(...refs)));
  }),
  many_returns: inSession(size => {
    const many = numbersUpTo.options({ numReturns: size });
    return microsecondsEach(size, () => get([...(many.remote(size) as unknown as Iterable<ObjectRef<number>>)]));
  }),
  get_many_refs: inSession(size => {
    const refs = times(size, put);
    return microsecondsEach(size, () => get(refs));
  }),
  wait_one_by_one: inSession(size =>
    microsecondsEach(size, async () => {
      let pending = times(size, () => add.remote(1, 2));
      while (pending.length > 0) [, pending] = await wait(pending);
    }),
  ),

  leak: inSession(size => {
    const callMany = async (calls: number) => void (await get(times(calls, () => add.remote(1, 2))));
    return measured(() => leak(size, callMany, () => get(heapOfWorker.remote())));
  }),

  idle_session: inSession(() =>
    measured(async () => {
      // Few, but enough that each thread is up and has loaded what tasks need.
      await get(times(FEW, () => add.remote(1, 2)));
      return restingMemory();
    }),
  ),
} satisfies Cases;

/** Microseconds for each of `size`, whatever else `run` does once. */
function microsecondsEach(size: number, run: () => Promise<unknown>): Workload {
  const perSecond = repeated(size, run);
  return {
    async round(milliseconds) {
      const { value } = await perSecond.round(milliseconds);
      return { value: 1_000_000 / value };
    },
  };
}
