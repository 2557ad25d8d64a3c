import { remote } from '@aktis/actors';
import { get, type ObjectRef, put } from '@aktis/core';
import { collectGarbage } from '../garbage.ts';
import { median } from '../statistics.ts';
import { GIGABYTES, largeArray } from '../values.ts';
import { type Cases, measured, repeated, times } from '../workload.ts';
import { inSession } from './session.ts';

/** Definitions of Aktis's own packages must name their module. */
const module = import.meta.url;

const putMany = remote(
  function putMany(calls: number): void {
    for (let i = 0; i < calls; i++) put(0);
  },
  { module },
);

const ends = remote(
  function ends(numbers: Float64Array): number {
    return (numbers[0] as number) + (numbers[numbers.length - 1] as number);
  },
  { module },
);

/** Microseconds of a `get` inside a task. */
const timeGet = remote(
  async function timeGet([ref]: readonly ObjectRef<Float64Array>[]): Promise<number> {
    const start = performance.now();
    const numbers = await get(ref as ObjectRef<Float64Array>);
    const taken = (performance.now() - start) * 1000;
    return numbers.length > 0 ? taken : Number.NaN;
  },
  { module },
);

const CALLS = 1_000;
const PUTTERS = 10;
const PUTS = 100;

export const cases = {
  single_client_put_calls: inSession(() =>
    repeated(CALLS, async () => {
      for (let i = 0; i < CALLS; i++) put(0);
    }),
  ),
  single_client_get_calls: inSession(() => {
    const ref = put(0);
    return repeated(CALLS, async () => {
      for (let i = 0; i < CALLS; i++) await get(ref);
    });
  }),
  multi_client_put_calls: inSession(() =>
    repeated(PUTTERS * PUTS, () => get(times(PUTTERS, () => putMany.remote(PUTS)))),
  ),

  single_client_put_gigabytes: inSession(() => {
    const numbers = largeArray(800);
    return measured(async () => {
      await collectGarbage();
      const start = performance.now();
      put(numbers);
      return { value: GIGABYTES / ((performance.now() - start) / 1000) };
    });
  }),

  /** The size is in MB. */
  get_array_in_worker: inSession((size = 800) => {
    const ref = put(largeArray(size));
    return measured(async () => ({ value: median(await getOften(ref)) }));
  }),

  /** The size is the number of tasks. */
  pass_100MB_to_tasks: inSession((size = 8) => {
    const numbers = largeArray(100);
    return measured(async () => {
      await collectGarbage();
      const start = performance.now();
      const ref = put(numbers);
      await get(times(size, () => ends.remote(ref)));
      return { value: performance.now() - start };
    });
  }),
} satisfies Cases;

async function getOften(ref: ObjectRef<Float64Array>): Promise<number[]> {
  const taken: number[] = [];
  for (let i = 0; i < 20; i++) taken.push(await get(timeGet.remote([ref])));
  return taken;
}
