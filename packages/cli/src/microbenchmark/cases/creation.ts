import { setTimeout as sleep } from 'node:timers/promises';
import { kill, remote } from '@aktis/actors';
import { get } from '@aktis/core';
import { median } from '../statistics.ts';
import { type Cases, measured, times } from '../workload.ts';
import { inSession } from './session.ts';

/** Definitions of Aktis's own packages must name their module. */
const module = import.meta.url;

class Small {
  #calls = 0;

  call(): number {
    return ++this.#calls;
  }
}
remote(Small, { module });

const STARTS = 5;
const THREADS = 2;
/** Long enough for a thread to start meanwhile. */
const REST_MS = 500;

async function millisecondsFor(count: number): Promise<number> {
  const start = performance.now();
  const actors = times(count, () => Small.options({ isolated: true }).remote());
  await get(actors.map(actor => actor.call.remote()));
  const taken = performance.now() - start;
  await Promise.all(actors.map(actor => kill(actor)));
  return taken;
}

export const cases = {
  /** Milliseconds from `.remote()` to the answer to a first call. */
  actor_creation_own_thread: inSession(() =>
    measured(async () => {
      const taken: number[] = [];
      for (let i = 0; i < STARTS; i++) taken.push(await millisecondsFor(1));
      return { value: median(taken) };
    }),
  ),

  /** The same for a program that creates one now and then. */
  actor_creation_own_thread_after_rest: inSession(() =>
    measured(async () => {
      const taken: number[] = [];
      for (let i = 0; i < STARTS; i++) {
        await sleep(REST_MS);
        taken.push(await millisecondsFor(1));
      }
      return { value: median(taken) };
    }),
  ),

  /** Milliseconds until ten that are created together have answered. */
  actor_creation_own_thread_ten: inSession(() =>
    measured(async () => {
      await sleep(REST_MS);
      return { value: await millisecondsFor(10) };
    }),
  ),

  /** Created and answered a first call, per second. */
  actor_creation_shared_thread: inSession(
    (size = 5_000) => {
      // Threads end with their last actor; these keep them.
      const anchors = times(2 * THREADS, () => Small.remote());
      return measured(async () => {
        await get(anchors.map(actor => actor.call.remote()));
        const start = performance.now();
        const actors = times(size, () => Small.remote());
        await get(actors.map(actor => actor.call.remote()));
        const taken = performance.now() - start;
        await Promise.all(actors.map(actor => kill(actor)));
        return { value: (size * 1000) / taken };
      });
    },
    { maxActorThreads: THREADS },
  ),
} satisfies Cases;
