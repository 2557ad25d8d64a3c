import type { Actor, MethodTask, RemoteHome } from '@aktis/actors';
import { type CancelSettings, NodeOp, type Task } from '@aktis/core';
import type { Peer } from '../peers/peer.ts';
import type { RemoteTasks } from '../tasks/remote-tasks.ts';

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
  /** Calls that came back because the actor is not there any more, in their order. */
  #returned: Task[] = [];
  /** One more came back. */
  onReturned: () => void = () => {};
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
    const { method, caller, options } = task as MethodTask;
    this.#tasks.sendCall(
      task,
      peer,
      (run, args, dependencies) => [
        NodeOp.CallActor,
        run,
        owner,
        id,
        caller,
        task.id,
        task.retriesLeft,
        method,
        args,
        dependencies,
        options,
      ],
      this.#onLost,
      returned => {
        this.#returned.push(returned);
        if (this.location?.peer === peer) this.location = null;
        this.onReturned();
      },
    );
    return true;
  }

  resume(): void {
    if (this.isFound) this.giveBack();
  }

  /** Whether calls can be sent. */
  get isFound(): boolean {
    return this.location !== null;
  }

  /** Calls that came back are the next ones of the actor again. */
  giveBack(): void {
    for (const task of this.#returned.toReversed()) task.route.returned(task);
    this.#returned = [];
  }

  withdraw(task: Task, settings: CancelSettings | undefined): void {
    this.#tasks.withdraw(task, settings);
  }

  abstract kill(noRestart: boolean): void;
  abstract leave(): void;
  abstract explain(): string;
}
