import { NodeOp } from '@aktis/core';
import { Home } from './remote-home.ts';

/** The home of an actor that another node owns: that node says where it is. */
export class BorrowedHome extends Home {
  /** Who owns it, and what the owner calls it; null while a detached actor is on its way to its new owner. */
  target: { readonly owner: string; readonly id: number } | null = null;
  /** A handle was asked for on behalf of this node alone, and is to be given back. */
  release: (() => void) | null = null;
  stopTarget: (how: 1 | 2) => void = () => {};

  kill(noRestart: boolean): void {
    this.stopTarget(noRestart ? 2 : 1);
  }

  leave(): void {
    this.release?.();
    this.release = null;
  }

  explain(): string {
    return this.location === null
      ? 'is being looked for; its owner has not said yet where it lives'
      : `lives on node ${this.location.peer.nodeId}`;
  }
}

/** Asks that node to end its actor. */
export function stopMessage(id: number, owner: string, how: 1 | 2): [typeof NodeOp.StopActor, string, number, 1 | 2] {
  return [NodeOp.StopActor, owner, id, how];
}
