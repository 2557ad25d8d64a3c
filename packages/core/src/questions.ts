import type { Task } from './task.ts';
import type { WorkerThread } from './worker-thread.ts';

/** Who asks: undefined thread and task mean the driver. */
export interface Asker {
  readonly thread: WorkerThread | null;
  readonly task: Task | null;
}

/** Answers one kind of `Ask`. Rejections travel to the asker. */
export type Question = (value: never, asker: Asker) => unknown;
