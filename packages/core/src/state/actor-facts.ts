import type { Holdable } from '../object-entry.ts';
import type { Task } from '../task.ts';
import type { WorkerThread } from '../worker-thread.ts';

/** What the extension for actors tells about them, beyond its table. */
export interface ActorFacts {
  /** How many are not dead. */
  readonly living: number;
  /** The ids of those that live on a worker. */
  on(thread: WorkerThread): readonly number[];
  /** Their unfinished calls, in lists. */
  unfinished(): Iterable<Task[]>;
  /** What they were made with and keep, for a restart. */
  constructions(): Iterable<Iterable<Holdable>>;
}

export const NO_ACTORS: ActorFacts = {
  living: 0,
  on: () => [],
  unfinished: () => [],
  constructions: () => [],
};
