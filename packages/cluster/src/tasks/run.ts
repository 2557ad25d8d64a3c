import type { Holdable, ObjectEntry, Task } from '@aktis/core';
import type { Payload } from '@aktis/transport';
import type { Peer } from '../peers/peer.ts';
import type { RemoteLane } from './remote-lane.ts';

/** A task of this node's that another one runs. */
export class Run {
  readonly number: number;
  readonly task: Task;
  readonly peer: Peer;
  /** Null: it is the call of an actor. */
  readonly lane: RemoteLane | null;
  readonly onReturned: ((task: Task) => void) | undefined;
  readonly onLost: ((task: Task, where: string) => void) | undefined;
  /** What its arguments were: to make large results again. */
  readonly args: Payload;
  readonly contains: readonly Holdable[] | null;
  readonly entries: readonly ObjectEntry[] | null;
  readonly positions: readonly number[] | null;
  readonly sentAt = performance.now();
  /** Microseconds it is expected to take. */
  estimate = 0;
  /** It was asked for, and has not come back: it has started. */
  wasAskedFor = false;

  constructor(
    number: number,
    task: Task,
    peer: Peer,
    lane: RemoteLane | null,
    onLost?: (task: Task, where: string) => void,
    onReturned?: (task: Task) => void,
  ) {
    this.onReturned = onReturned;
    this.onLost = onLost;
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
