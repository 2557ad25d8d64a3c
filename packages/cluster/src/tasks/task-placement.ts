import type { CallableOptions, ResourceMap } from '@aktis/core';
import { type Clock, systemClock } from '../clock.ts';
import { RemoteCopies } from '../objects/remote-copies.ts';
import type { Decision, Places, Work } from '../scheduling/index.ts';
import {
  type PlaceableTask,
  type PlacedRun,
  QueueLanes,
  RemoteLane,
  STALLED_MS,
  type WaitingQueue,
} from './remote-lane.ts';
import type { Run } from './run.ts';

interface Parts<R extends PlacedRun> {
  /** The node that decides. */
  readonly nodeId: string;
  readonly peers: { living(nodeId: string): R['peer'] | undefined };
  /** Whose queues these are. */
  readonly routes: readonly { queues(): Iterable<WaitingQueue> }[];
  /** Where work with these options may go. */
  placesFor(options: CallableOptions): Places;
  /** Takes a task back from where it waits in vain. */
  askBack(run: R): void;
  warn(text: string): void;
  /** Default: the system's. */
  readonly clock?: Pick<Clock, 'now' | 'after'>;
}

/** A view of many nodes is always old. After so many wrong guesses in a row the next task waits where it comes. */
const MAX_REFUSALS = 3;

/** What is expected of a node: room; room, or the task comes back at once; nothing, for its work has to end first. */
const ROOM = { room: true, startAtOnce: false };
const START_AT_ONCE = { room: true, startAtOnce: true };
const NOTHING = { room: false, startAtOnce: false };

/**
 * Where the tasks of this node run: here, in a lane on another node, or nowhere for now. The cost of a decision depends
 * neither on how many tasks wait nor on how many nodes there are.
 */
export class TaskPlacement<R extends PlacedRun = Run> {
  readonly #parts: Parts<R>;
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #queues = new WeakMap<WaitingQueue, QueueLanes<R>>();
  readonly #lanes = new Set<RemoteLane<R>>();
  /** Queues that found no room; who has waited longest is first. */
  readonly #hungry = new Set<WaitingQueue>();
  #isWatching = false;

  constructor(parts: Parts<R>) {
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
  }

  /** The lane to send it in; `here`; or `wait`: not if others wait for it (`isUrgent`) and any node could run it. */
  choose(task: R['task'], queue: WaitingQueue, isUrgent: boolean): RemoteLane<R> | 'here' | 'wait' {
    const { options } = queue;
    const lanes = this.#lanesOf(queue);
    const { places } = lanes;
    const work = workFor(task, lanes.work);
    const decision = places.now(work, lanes.cursor);
    const startsAtOnce = places.sharesNodes && lanes.refusals < MAX_REFUSALS;
    const chosen = this.#open(decision, queue, startsAtOnce ? START_AT_ONCE : ROOM);
    if (chosen !== undefined) {
      if (!startsAtOnce) lanes.refusals = 0;
      this.#hungry.delete(queue);
      return chosen;
    }
    const mayWaitHere = queue.mayRunHere && (decision.kind === 'infeasible' || places.mayWaitHere(options));
    if (decision.kind === 'infeasible') {
      if (!mayWaitHere) this.#warnOnce(task, queue, lanes);
      return mayWaitHere ? 'here' : 'wait';
    }
    this.#hungry.add(queue);
    const lane = this.#withRoom(task, lanes);
    if (lane !== undefined) return lane;
    if (mayWaitHere) return 'here';
    const later = this.#open(places.later(work, lanes.cursor), queue);
    return later ?? (isUrgent ? this.#open(places.ever(work, lanes.cursor), queue) : undefined) ?? 'wait';
  }

  /** It was sent. */
  entered(run: R): void {
    run.lane?.add(run);
    this.#watch();
  }

  /** It has ended, or came back without having started: then its host says what it has free. */
  left(run: R, said?: ResourceMap): void {
    const { lane } = run;
    if (lane === null) return;
    lane.delete(run);
    const { queue } = lane;
    const lanes = this.#lanesOf(queue);
    if (said !== undefined && !run.wasAskedFor) lanes.refusals++;
    if (lane.runs.size > 0) {
      if (!lane.peer.isGone && !this.#isOverdue(lane)) lanes.open.add(lane);
      return;
    }
    lanes.open.delete(lane);
    this.#lanes.delete(lane);
    if (said !== undefined) lanes.places.takeBack(lane.peer.nodeId, queue.shape, said);
    else lanes.places.give(lane.peer.nodeId, queue.shape);
    this.#offerToHungry();
  }

  /** A node joined, left, or has something free. */
  roomChanged(): void {
    for (const route of this.#parts.routes) for (const queue of route.queues()) if (queue.size > 0) queue.offer();
  }

  explain(queue: WaitingQueue): string {
    return this.#lanesOf(queue).places.explain(queue.options, queue.shape);
  }

  #open(decision: Decision, queue: WaitingQueue, expects = NOTHING): RemoteLane<R> | 'here' | undefined {
    if (decision.kind !== 'place') return undefined;
    if (decision.nodeId === this.#parts.nodeId) return 'here';
    const peer = this.#parts.peers.living(decision.nodeId);
    if (peer === undefined) return undefined;
    const lane = new RemoteLane<R>(queue, peer, this.#clock.now(), expects);
    const { open, places } = this.#lanesOf(queue);
    this.#lanes.add(lane);
    open.add(lane);
    places.take(peer.nodeId, queue.shape);
    return lane;
  }

  /** The next of the queue's lanes where one more may be sent ahead. */
  #withRoom(task: R['task'], { open, places }: QueueLanes<R>): RemoteLane<R> | undefined {
    const now = this.#clock.now();
    for (const lane of open) {
      const hasRoom = lane.hasRoomFor(task, now) && places.accepts(lane.peer.nodeId) && !this.#isOverdue(lane);
      if (hasRoom && open.size === 1) return lane;
      // To the end of the row; one without room comes back when something has ended there.
      open.delete(lane);
      if (!hasRoom) continue;
      open.add(lane);
      return lane;
    }
    return undefined;
  }

  #isOverdue(lane: RemoteLane<R>): boolean {
    const others = this.#hungry.size - (this.#hungry.has(lane.queue) ? 1 : 0);
    return others > 0 && lane.isOverdue(this.#clock.now());
  }

  #offerToHungry(): void {
    for (const queue of [...this.#hungry]) {
      if (queue.size === 0) this.#hungry.delete(queue);
      else queue.offer();
    }
  }

  // ── what waits where it was sent ───────────────────────────────────────────────────────────────────────────────

  #watch(): void {
    if (this.#isWatching || this.#lanes.size === 0) return;
    this.#isWatching = true;
    this.#clock.after(STALLED_MS, () => {
      this.#isWatching = false;
      this.#seekStalled();
      this.#watch();
    });
  }

  /**
   * The view of others is never new: a node may have been full when the task came, or a task may take longer than any
   * before it. What has waited for long is asked for when it could start elsewhere; what has started stays.
   */
  #seekStalled(): void {
    const now = this.#clock.now();
    const reserved: { readonly nodeId: string; readonly lane: RemoteLane<R> }[] = [];
    for (const lane of this.#lanes) {
      if (!lane.isStalled(now) || !(lane.isStuck(now) || this.#hasRoomElsewhere(lane))) continue;
      let isFirst = true;
      for (const run of lane.runs) {
        if (!run.wasAskedFor && (!isFirst || this.#couldStartElsewhere(run, lane, reserved))) {
          run.wasAskedFor = true;
          this.#parts.askBack(run);
        }
        isFirst = false;
      }
    }
    for (const { nodeId, lane } of reserved) this.#lanesOf(lane.queue).places.give(nodeId, lane.queue.shape);
  }

  /** Otherwise it waits nowhere for less. */
  #hasRoomElsewhere({ queue, peer }: RemoteLane<R>): boolean {
    const { places, work } = this.#lanesOf(queue);
    const decision = places.now(work, { next: 0 });
    return decision.kind === 'place' && decision.nodeId !== peer.nodeId;
  }

  #couldStartElsewhere(run: R, lane: RemoteLane<R>, reserved: { nodeId: string; lane: RemoteLane<R> }[]): boolean {
    const { queue, peer } = lane;
    const { places, work } = this.#lanesOf(queue);
    const decision = places.now(workFor(run.task, work), { next: 0 });
    if (decision.kind !== 'place' || decision.nodeId === peer.nodeId) return false;
    // So that only as many are asked for as there is room for.
    places.take(decision.nodeId, queue.shape);
    reserved.push({ nodeId: decision.nodeId, lane });
    return true;
  }

  #lanesOf(queue: WaitingQueue): QueueLanes<R> {
    let lanes = this.#queues.get(queue);
    if (lanes === undefined)
      this.#queues.set(queue, (lanes = new QueueLanes<R>(queue, this.#parts.placesFor(queue.options))));
    return lanes;
  }

  #warnOnce(task: R['task'], queue: WaitingQueue, lanes: QueueLanes<R>): void {
    if (lanes.wasWarned) return;
    lanes.wasWarned = true;
    this.#parts.warn(
      `task ${task.name} stays pending: ${this.explain(queue)}. Ask for less, or start a node that offers it`,
    );
  }
}

/** With where its arguments lie, if they are large. */
function workFor(task: PlaceableTask, work: Work): Work {
  let argumentBytes: Map<string, number> | undefined;
  for (const { source } of task.arguments?.entries ?? []) {
    if (!(source instanceof RemoteCopies)) continue;
    argumentBytes ??= new Map();
    for (const nodeId of source.nodes) argumentBytes.set(nodeId, (argumentBytes.get(nodeId) ?? 0) + source.bytes);
  }
  return argumentBytes === undefined ? work : { ...work, argumentBytes };
}
