import { NodeOp } from '@aktis/core';
import { Home } from './remote-home.ts';

/** The home of an actor of this node's own: it decides where that is. */
export class OwnedHome extends Home {
  /** Gives back what the actor holds for life there. */
  release: () => void = () => {};
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
    this.giveBack();
    this.release();
    this.release = () => {};
    this.onLeft();
  }

  explain(): string {
    return this.location === null ? 'waits for a node with room for it' : `lives on node ${this.location.peer.nodeId}`;
  }

  #stop(how: 0 | 1 | 2): void {
    this.location?.peer.send([NodeOp.StopActor, '', this.actor.id, how]);
  }
}
