import type { CancelSettings, Task } from '@aktis/core';
import type { Actor } from './actor.ts';
import type { NameOfActor } from './actor-names.ts';

/** Where an actor lives that is on another node: how its calls get there. */
export interface RemoteHome {
  /** Sends a call whose turn it is. False: not now; the manager's `flush` follows when it can. */
  send(task: Task): boolean;
  /** Before calls are sent: those that came back, because the actor had left, are the first again. */
  resume(): void;
  /** The call was cancelled, or failed here, while it was there. */
  withdraw(task: Task, settings: CancelSettings | undefined): void;
  kill(noRestart: boolean): void;
  /** Nobody here needs the actor any more. */
  leave(): void;
  explain(): string;
}

/** The other nodes of a cluster, as the actors of one node see them; set by the package cluster. */
export interface ActorsElsewhere {
  /** A home on another node, for an actor of this node's that should not live here. */
  homeFor(actor: Actor): RemoteHome | null;
  /**
   * Claims the actor's name for it in the whole cluster. Resolves with the home of the living actor that has the name
   * already, or null: it is ours.
   */
  claimName(actor: Actor): Promise<RemoteHome | null>;
  freeName(actor: Actor): void;
  /** The living actor of this name, wherever it is. */
  find(namespace: string, name: string): Promise<Actor | null>;
  /** The names of actors of other nodes, for whoever mistyped one. */
  takenNames(): Promise<readonly NameOfActor[]>;
  /** Something changed that others may want to know. */
  changed(actor: Actor): void;
}
