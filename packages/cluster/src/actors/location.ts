import type { Peer } from '../peers/peer.ts';

/** Where an actor can be called: the node it lives on, and how that knows it. `owner` '': as one of this node's. */
export interface Location {
  readonly peer: Peer;
  readonly owner: string;
  readonly id: number;
}
