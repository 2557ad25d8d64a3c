import type { Peer } from '../peers/peer.ts';
import type { Peers } from '../peers/peers.ts';

/** Which nodes have copies of what this node owns. A copy is forgotten with the handles that node has on the object. */
export class CopyDirectory {
  readonly #peers: Peers;

  constructor(peers: Peers) {
    this.#peers = peers;
  }

  /** @param standing 0: it has none, 1: it is about to have one, 2: it has one */
  note(peer: Peer, id: number, standing: 0 | 1 | 2): void {
    if (standing === 0) peer.copies.delete(id);
    else peer.copies.set(id, standing);
  }

  /** The nodes with a whole copy. */
  holders(id: number): string[] {
    return this.#nodes(id, 2);
  }

  /** Those, and nodes that are about to have one. */
  sources(id: number): string[] {
    return this.#nodes(id, 1);
  }

  #nodes(id: number, atLeast: 1 | 2): string[] {
    const nodes: string[] = [];
    for (const { nodeId, copies } of this.#peers.all()) if ((copies.get(id) ?? 0) >= atLeast) nodes.push(nodeId);
    return nodes;
  }
}
