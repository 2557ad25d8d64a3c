import type { CallableOptions } from './callable.ts';
import type { PrintedBy } from './log-printer.ts';
import type { ResourceShape } from './resources.ts';
import type { Job } from './runtime-environment.ts';
import type { Task } from './task.ts';
import type { CancelSettings } from './task-manager.ts';
import type { TaskQueue } from './task-queue.ts';

/**
 * Where a queued task goes. `here`: this node's workers, now or when they have room. `gone`: it is here no more (another
 * node has it, or it has ended). `wait`: nowhere yet; the queue is offered again when that may have changed.
 */
export type Whereabouts = 'here' | 'gone' | 'wait';

/**
 * The other nodes of a cluster, as one node's core sees them. The package cluster sets it on a node that has joined one;
 * without it all work stays here.
 */
export interface Elsewhere {
  /** Decides where the task at the head of `queue` goes, and sends it there. */
  place(task: Task, queue: TaskQueue): Whereabouts;
  /** The task was cancelled, or failed here, while it was there. */
  withdraw(task: Task, settings: CancelSettings | undefined): void;
  /** The consumer of its stream took items up to `count` in all. */
  consumed(task: Task, count: number): void;
  /** Whether work with these options may run on this node at all; throws `UnschedulableError` if on none, ever. */
  allowsHere(options: CallableOptions): boolean;
  /** Whether some other node has that much. */
  couldEverFit(shape: ResourceShape, options: CallableOptions): boolean;
  /** Why a task that waits in `queue` runs nowhere yet. */
  explain(queue: TaskQueue): string;
  /** Where a task is that was sent to another node. */
  explainAway(task: Task): string;
  /** What code of another node's job printed belongs there. False: it does not, print it here. */
  print(job: Job, by: PrintedBy, stream: 'stdout' | 'stderr', text: string): boolean;
}
