import type { Holdable, ObjectEntry, Task } from '@aktis/core';
import { turnNow } from '@aktis/core/hub';
import type { Payload } from '@aktis/transport';
import type { Peer } from '../peers/peer.ts';
import type { RemoteLane } from './remote-lane.ts';

/** What becomes of calls that an actor elsewhere does not answer. */
export interface CallHome {
  /** The node it was sent to is gone. */
  lost(task: Task, where: string): void;
  /** The actor is not on the node it was sent to (any more). */
  returned(task: Task, peer: Peer): void;
}

/** A task of this node's that another one runs. */
export class Run {
  readonly number: number;
  readonly task: Task;
  readonly peer: Peer;
  /** Null: it is the call of an actor. */
  readonly lane: RemoteLane | null;
  /** Of the actor whose call it is. */
  readonly home: CallHome | null;
  /** What its arguments were: to make large results again. */
  readonly args: Payload;
  readonly contains: readonly Holdable[] | null;
  readonly entries: readonly ObjectEntry[] | null;
  readonly positions: readonly number[] | null;
  /** As `performance.now()` tells it, in whole milliseconds. */
  readonly sentAt = turnNow();
  /** Microseconds it is expected to take. */
  estimate = 0;
  /** The list of its lane, and its neighbours there. */
  list: object | null = null;
  previous: Run | null = null;
  next: Run | null = null;
  /** It was asked for, and has not come back: it has started. */
  wasAskedFor = false;

  constructor(number: number, task: Task, peer: Peer, lane: RemoteLane | null, home: CallHome | null) {
    this.home = home;
    this.number = number;
    this.task = task;
    this.peer = peer;
    this.lane = lane;
    this.args = task.args;
    this.contains = task.contains;
    this.entries = task.arguments?.entries ?? null;
    this.positions = task.arguments?.positions ?? null;
  }
}
