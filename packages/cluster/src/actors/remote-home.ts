import type { Actor, MethodTask, RemoteHome } from '@aktis/actors';
import type { CancelSettings, Task } from '@aktis/core';
import type { Peer } from '../peers/peer.ts';
import type { RemoteTasks } from '../tasks/remote-tasks.ts';
import type { CallHome } from '../tasks/run.ts';
import type { Location } from './location.ts';

/** The way to an actor on another node: calls wait here until it is known where that is. */
export abstract class Home implements RemoteHome, CallHome {
  readonly actor: Actor;
  location: Location | null = null;
  /** Calls that came back because the actor is not there any more, in their order. */
  #returned: Task[] = [];
  /** One came back, and it is not known where the actor is. */
  onReturned: () => void = () => {};
  /** One came back from where the actor was before: it can be sent to where it is now. */
  onMissed: () => void = () => {};
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
    this.#tasks.sendCall(task as MethodTask, location, this);
    return true;
  }

  lost(task: Task, where: string): void {
    this.#onLost(task, where);
  }

  returned(task: Task, peer: Peer): void {
    this.#returned.push(task);
    if (this.location?.peer === peer) this.location = null;
    if (this.isFound) this.onMissed();
    else this.onReturned();
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
    if (this.#returned.length === 0) return;
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
