import type { Task, TaskQueue } from '@aktis/core';
import type { Peer } from '../peers/peer.ts';
import type { Places, SpreadCursor, Work } from '../scheduling/index.ts';
import type { Run } from './run.ts';
import { RunList } from './run-list.ts';

/** Work of about this many microseconds is sent ahead of its results. */
const BUDGET_US = 5_000;
/** And never more tasks than this. */
const MAX_DEPTH = 512;
/** How long a lane may keep its place while other queues have none. */
const QUANTUM_MS = 50;
/** When the first of its tasks has been there for so long, what is behind it should rather run elsewhere. */
export const STALLED_MS = 100;

/**
 * What one queue was given on another node: room for one of its tasks at a time. Several are sent ahead when they are
 * short. It ends when nothing of the queue is there any more.
 */
export class RemoteLane {
  readonly queue: TaskQueue;
  readonly peer: Peer;
  /** What is there, oldest first. */
  readonly runs = new RunList();
  readonly #openedAt = performance.now();
  #expected = 0;

  constructor(queue: TaskQueue, peer: Peer) {
    this.queue = queue;
    this.peer = peer;
  }

  /** Whether one more task may be sent before what is there has ended. */
  hasRoomFor(task: Task, now: number): boolean {
    if (this.runs.size >= MAX_DEPTH || this.#expected + estimateOf(task) > BUDGET_US) return false;
    return !this.peer.isGone && !this.isStalled(now);
  }

  isStalled(now: number): boolean {
    const { oldest } = this.runs;
    return oldest !== null && now - oldest.sentAt > STALLED_MS;
  }

  isOverdue(now: number): boolean {
    return now - this.#openedAt > QUANTUM_MS;
  }

  add(run: Run): void {
    run.estimate = estimateOf(run.task);
    this.#expected += run.estimate;
    this.runs.add(run);
  }

  delete(run: Run): void {
    if (this.runs.delete(run)) this.#expected -= run.estimate;
  }
}

/** What is remembered about a queue for placing its tasks. */
export class QueueLanes {
  readonly places: Places;
  readonly cursor: SpreadCursor = { next: 0 };
  /** In turn; those that may have room. */
  readonly open = new Set<RemoteLane>();
  wasWarned = false;
  readonly #queue: TaskQueue;

  constructor(queue: TaskQueue, places: Places) {
    this.#queue = queue;
    this.places = places;
  }

  get work(): Work {
    return this.places.workOf(this.#queue.options, this.#queue.shape);
  }
}

function estimateOf(task: Task): number {
  return task.timeout > 0 ? BUDGET_US : task.callable.stats.estimate(BUDGET_US);
}
