import { remote } from '@aktis/actors';
import { get, type ObjectRef, placementGroup, put, removePlacementGroup, wait } from '@aktis/core';
import { smallObjects } from '../values.ts';
import { type Cases, inFlight, oneAtATime, repeated, times } from '../workload.ts';
import { inSession } from './session.ts';

/** Definitions of Aktis's own packages must name their module. */
const module = import.meta.url;

const add = remote(
  function add(a: number, b: number): number {
    return a + b;
  },
  { module },
);

const count = remote(
  function count(items: readonly unknown[]): number {
    return items.length;
  },
  { module },
);

const manyRefs = remote(
  function manyRefs(size: number): ObjectRef<number>[] {
    return times(size, put);
  },
  { module },
);

const Submitter = remote(
  class Submitter {
    async submit(calls: number): Promise<void> {
      await get(addMany(calls));
    }
  },
  { numCpus: 0, module },
);

function addMany(calls: number): ObjectRef<number>[] {
  return times(calls, () => add.remote(1, 2));
}

const BATCH = 1_000;
const CLIENTS = 4;
const CALLS_OF_CLIENT = 2_500;
const GROUPS = 100;

export const cases = {
  single_client_tasks_sync: inSession(() => oneAtATime(() => get(add.remote(1, 2)))),
  single_client_tasks_async: inSession(() => repeated(BATCH, () => get(addMany(BATCH)))),
  single_client_tasks_and_get_batch: inSession(() => repeated(1, () => get(addMany(BATCH)))),
  tasks_100_in_flight: inSession(() => inFlight(100, () => get(add.remote(1, 2)))),

  multi_client_tasks_async: inSession(() => {
    const clients = times(CLIENTS, () => Submitter.remote());
    return repeated(CLIENTS * CALLS_OF_CLIENT, () => get(clients.map(client => client.submit.remote(CALLS_OF_CLIENT))));
  }),

  single_client_wait_1k_refs: inSession(() =>
    repeated(1, async () => {
      let pending = addMany(BATCH);
      while (pending.length > 0) [, pending] = await wait(pending);
    }),
  ),

  single_client_get_object_containing_10k_refs: inSession(async () => {
    const ref = manyRefs.remote(10_000);
    await wait([ref]);
    return repeated(1, () => get(ref));
  }),

  argument_of_1000_objects: inSession(() => {
    const items = smallObjects();
    return repeated(10, () => get(times(10, () => count.remote(items))));
  }),

  'placement_group_create/removal': inSession(
    () =>
      repeated(GROUPS, async () => {
        const groups = times(GROUPS, () => placementGroup([{ custom: 0.001 }]));
        for (const group of groups) await group.wait();
        for (const group of groups) await removePlacementGroup(group);
      }),
    { resources: { custom: 100 } },
  ),
} satisfies Cases;
