import type { Callable, Task, TaskQueue } from '@aktis/core';
import type { Places, SpreadCursor, Work } from '../scheduling/index.ts';
import type { Run } from './run.ts';
import { type Linked, RunList } from './run-list.ts';

/** Work of about this many microseconds is sent ahead of its results, and what the way there and back takes. */
const BUDGET_US = 5_000;
/** To a node that is full: as much as a turn there is long, for the work of others comes between two turns. */
const TURN_US = 50_000;
/** And never more tasks than this. */
const MAX_DEPTH = 512;
/** How long a lane may keep its place while other queues have none. */
const QUANTUM_MS = 50;
/** When the first of its tasks has been there for so long, and the way, what is behind it should rather run elsewhere. */
export const STALLED_MS = 100;
/** After so long it is taken back also when there is no room elsewhere: what is before it may run for hours. */
const STUCK_MS = 1_000;
/** How fast a way that has become longer is believed to be so; what made one answer late may have been anything. */
const LONGER_BY = 1 / 4;

/** What placement knows of a task, of its queue, and of a task that was sent: the simulation has others than real nodes. */
export type PlaceableTask = Pick<Task, 'name' | 'timeout' | 'arguments'> & {
  readonly callable: Pick<Callable, 'stats'>;
};
export type WaitingQueue = Pick<TaskQueue, 'options' | 'shape' | 'size' | 'mayRunHere' | 'offer'>;
export interface PlacedRun extends Linked {
  readonly task: PlaceableTask;
  /** `roundTrip`: milliseconds to that node and back. */
  readonly peer: { readonly nodeId: string; readonly isGone: boolean; roundTrip: number };
  readonly lane: RemoteLane<this> | null;
  readonly sentAt: number;
  estimate: number;
  wasAskedFor: boolean;
}

/**
 * What one queue was given on another node: room for one of its tasks at a time. Several are sent ahead when they are
 * short. It ends when nothing of the queue is there any more.
 */
export class RemoteLane<R extends PlacedRun = Run> {
  readonly queue: WaitingQueue;
  readonly peer: R['peer'];
  /** What is sent first is to start at once, or comes back. */
  readonly startsAtOnce: boolean;
  /** Its node had room, as far as is known. */
  readonly hadRoom: boolean;
  /** What is there, oldest first. */
  readonly runs = new RunList<R>();
  readonly #openedAt: number;
  #expected = 0;
  /** Short, and nothing else is there: what it takes longer than its stay is the way. */
  #lonely: R | null = null;

  constructor(queue: WaitingQueue, peer: R['peer'], now: number, expects: { room: boolean; startAtOnce: boolean }) {
    this.queue = queue;
    this.peer = peer;
    this.hadRoom = expects.room;
    this.startsAtOnce = expects.startAtOnce;
    this.#openedAt = now;
  }

  /** Whether one more task may be sent before what is there has ended. */
  hasRoomFor(task: R['task'], now: number): boolean {
    if (this.runs.size >= MAX_DEPTH) return false;
    const budget = this.hadRoom ? BUDGET_US : TURN_US;
    if (this.#expected + estimateOf(task, budget) > budget + this.peer.roundTrip * 1_000) return false;
    return !this.peer.isGone && !this.isStalled(now);
  }

  /** Whether its host gives `task`, which is sent now, back rather than let it wait. Short ones wait no longer than that takes. */
  isRefusable(task: R['task']): boolean {
    return this.startsAtOnce && this.runs.size === 0 && estimateOf(task) >= BUDGET_US;
  }

  isStalled(now: number): boolean {
    return this.#hasWaited(now, STALLED_MS);
  }

  isStuck(now: number): boolean {
    return this.#hasWaited(now, STUCK_MS);
  }

  #hasWaited(now: number, milliseconds: number): boolean {
    const { oldest } = this.runs;
    return oldest !== null && now - oldest.sentAt > milliseconds + this.peer.roundTrip;
  }

  isOverdue(now: number): boolean {
    return now - this.#openedAt > QUANTUM_MS;
  }

  add(run: R): void {
    run.estimate = estimateOf(run.task);
    this.#expected += run.estimate;
    if (this.runs.size === 0) this.#lonely = run.estimate < BUDGET_US ? run : null;
    this.runs.add(run);
  }

  /**
   * It has ended well: so long does it take there and back.
   *
   * @param stay how long it was there, in milliseconds, if that is known: perhaps it waited for the work of others
   */
  ended(run: R, now: number, stay = run.estimate / 1_000): void {
    if (run !== this.#lonely) return;
    this.#lonely = null;
    const sample = Math.max(0, now - run.sentAt - stay);
    const { roundTrip } = this.peer;
    this.peer.roundTrip = sample < roundTrip ? sample : roundTrip + (sample - roundTrip) * LONGER_BY;
  }

  delete(run: R): void {
    if (this.runs.delete(run)) this.#expected -= run.estimate;
  }
}

/** What is remembered about a queue for placing its tasks. */
export class QueueLanes<R extends PlacedRun = Run> {
  readonly places: Places;
  readonly cursor: SpreadCursor = { next: 0 };
  /** In turn; those that may have room. */
  readonly open = new Set<RemoteLane<R>>();
  /** So many came back in a row because the node was full by then. */
  refusals = 0;
  wasWarned = false;
  readonly #queue: WaitingQueue;

  constructor(queue: WaitingQueue, places: Places) {
    this.#queue = queue;
    this.places = places;
  }

  get work(): Work {
    return this.places.workOf(this.#queue.options, this.#queue.shape);
  }
}

/** @param unknown if nothing is known of it */
function estimateOf(task: PlaceableTask, unknown = BUDGET_US): number {
  return task.timeout > 0 ? unknown : task.callable.stats.estimate(unknown);
}
