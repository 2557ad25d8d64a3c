import { NodeOp, type ResourceShape } from '@aktis/core';
import type { Room } from '../tasks/room.ts';
import { Home } from './remote-home.ts';

/** The home of an actor of this node's own: it decides where that is. */
export class OwnedHome extends Home {
  /** What the actor holds for life there. */
  held: { readonly room: Room; readonly shape: ResourceShape } | null = null;
  onLeft: () => void = () => {};

  kill(noRestart: boolean): void {
    this.#stop(noRestart ? 2 : 1);
    if (noRestart) this.left();
  }

  leave(): void {
    this.#stop(0);
    this.left();
  }

  /** It does not live there any more. */
  left(): void {
    this.held?.room.give(this.held.shape);
    this.held = null;
    this.onLeft();
  }

  explain(): string {
    return this.location === null ? 'waits for a node with room for it' : `lives on node ${this.location.peer.nodeId}`;
  }

  #stop(how: 0 | 1 | 2): void {
    this.location?.peer.send([NodeOp.StopActor, '', this.actor.id, how]);
  }
}
