import type { Actor } from '@aktis/actors';
import { type CancelSettings, NodeOp, type Task } from '@aktis/core';
import type { ForeignName } from '../objects/foreign-objects.ts';
import type { RemoteTasks } from '../tasks/remote-tasks.ts';
import type { RelayedCalls } from './relayed-calls.ts';
import { Home } from './remote-home.ts';

/** The home of an actor that another node owns: that node says where it is. */
export class BorrowedHome extends Home {
  /** Who owns it, and what the owner calls it; null while a detached actor is on its way to its new owner. */
  target: ForeignName | null = null;
  /** The name it was found by. */
  foundAs: { readonly name: string; readonly namespace: string } | null = null;
  /** A handle was asked for on behalf of this node alone, and is to be given back. */
  release: (() => void) | null = null;
  stopTarget: (how: 1 | 2) => void = () => {};
  /** Whoever owns it is to end it for good, also who inherits it before that has been done. */
  isUnwanted = false;
  /** The actor itself, when it lives on this very node. */
  here: Actor | null = null;
  /** Calls that will not be answered, and where they were sent: did the actor die, or only the link to it? */
  readonly #doubtful: [Task, string][] = [];
  readonly #relayed: RelayedCalls;

  constructor(actor: Actor, tasks: RemoteTasks, onLost: (task: Task, where: string) => void, relayed: RelayedCalls) {
    super(actor, tasks, onLost);
    this.#relayed = relayed;
  }

  doubt(task: Task, where: string): void {
    this.#doubtful.push([task, where]);
  }

  /** It is known now. */
  takeDoubtful(): [Task, string][] {
    return this.#doubtful.splice(0);
  }

  override get isFound(): boolean {
    return this.here !== null || super.isFound;
  }

  override send(task: Task): boolean {
    if (this.here === null || this.here.state === 'dead') return super.send(task);
    this.#relayed.pass(task, this.here);
    return true;
  }

  override withdraw(task: Task, settings: CancelSettings | undefined): void {
    if (!this.#relayed.withdraw(task, settings)) super.withdraw(task, settings);
  }

  kill(noRestart: boolean): void {
    this.isUnwanted ||= noRestart;
    this.stopTarget(noRestart ? 2 : 1);
  }

  leave(): void {
    this.release?.();
    this.release = null;
  }

  explain(): string {
    if (this.here !== null) return 'lives on this node';
    return this.location === null
      ? 'is being looked for; its owner has not said yet where it lives'
      : `lives on node ${this.location.peer.nodeId}`;
  }
}

/** Asks that node to end its actor. */
export function stopMessage(id: number, owner: string, how: 1 | 2): [typeof NodeOp.StopActor, string, number, 1 | 2] {
  return [NodeOp.StopActor, owner, id, how];
}
