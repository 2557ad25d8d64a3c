import type { Actor, RemoteHome } from '@aktis/actors';
import { type CancelSettings, NodeOp, type Task } from '@aktis/core';
import type { Peer } from '../peers/peer.ts';
import type { RemoteTasks } from '../tasks/remote-tasks.ts';

/** What a call of an actor is beyond its task. */
export interface MethodCall extends Task {
  readonly method: string;
  readonly options: string;
}

/** Where an actor can be called: the node it lives on, and how that knows it. */
export interface Location {
  readonly peer: Peer;
  readonly owner: string;
  readonly id: number;
}

/** The way to an actor on another node: calls wait here until it is known where that is. */
export abstract class Home implements RemoteHome {
  readonly actor: Actor;
  location: Location | null = null;
  readonly #tasks: RemoteTasks;
  readonly #onLost: (task: Task, where: string) => void;

  constructor(actor: Actor, tasks: RemoteTasks, onLost: (task: Task, where: string) => void) {
    this.actor = actor;
    this.#tasks = tasks;
    this.#onLost = onLost;
  }

  send(task: Task): boolean {
    const { location } = this;
    if (location === null || location.peer.isGone) return false;
    const { peer, owner, id } = location;
    const { method, options } = task as MethodCall;
    this.#tasks.sendCall(
      task,
      peer,
      (run, args, dependencies) => [
        NodeOp.CallActor,
        run,
        owner,
        id,
        callerOf(task.parent),
        task.id,
        task.retriesLeft,
        method,
        args,
        dependencies,
        options,
      ],
      this.#onLost,
    );
    return true;
  }

  withdraw(task: Task, settings: CancelSettings | undefined): void {
    this.#tasks.withdraw(task, settings);
  }

  abstract kill(noRestart: boolean): void;
  abstract leave(): void;
  abstract explain(): string;
}

/** Calls of one task, of one actor, or of the driver are one caller's. */
export function callerOf(parent: Task | null): number {
  if (parent === null) return 0;
  return parent.actorId === 0 ? parent.id : parent.actorId;
}
