import { type Borrow, Failure, type Holdable, type Node, NodeOp, type ObjectEntry, ObjectLostError } from '@aktis/core';
import type { Peer } from '../peers/peer.ts';
import type { Peers } from '../peers/peers.ts';
import type { Outcomes } from './outcomes.ts';

/** What other nodes ask of the owner of the objects and actors they have handles on. */
export class Lending {
  readonly #node: Node;
  readonly #peers: Peers;
  readonly #outcomes: Outcomes;
  readonly #actor: (id: number) => Holdable | undefined;

  /** @param actor the actor of this node's with that number */
  constructor(node: Node, peers: Peers, outcomes: Outcomes, actor: (id: number) => Holdable | undefined) {
    this.#node = node;
    this.#peers = peers;
    this.#outcomes = outcomes;
    this.#actor = actor;
  }

  /** `peer` wants to be told how the object stands, once it is settled. */
  watch(peer: Peer, id: number): void {
    const entry = peer.handles.get(id) as ObjectEntry | undefined;
    if (entry === undefined) {
      this.#sendLost(peer, id, unknown());
      return;
    }
    entry.wait({
      settled: () => {
        const outcome = this.#outcomes.of(entry, peer);
        if (entry.failure !== undefined) entry.failure.seen = true;
        if (outcome !== null) peer.send([NodeOp.Settled, id, outcome]);
      },
    });
  }

  /** A borrower found no copy where this node, the owner, had said there was one. */
  async findAgain(peer: Peer, id: number): Promise<void> {
    const entry = peer.handles.get(id) as ObjectEntry | undefined;
    try {
      if (entry === undefined) throw unknown();
      await this.#node.store.read([entry], () => {
        const outcome = this.#outcomes.of(entry, peer);
        if (outcome !== null) peer.send([NodeOp.Settled, id, outcome]);
      });
    } catch (error) {
      this.#sendLost(peer, id, error as ObjectLostError);
    }
  }

  /** `peer` was sent a handle by the node `via`, or has found the actor by its name. */
  lend(peer: Peer, [, id, via]: Borrow): void {
    const item = via === '' ? this.#actor(id) : this.#lentTo(via, id);
    if (item !== undefined) peer.hold(item);
    peer.send([NodeOp.Borrowed, id, via, item === undefined ? 0 : 1]);
  }

  /**
   * What that node has a handle on. It may have got it from a third one itself and not be known as a borrower yet; then
   * whoever it came from is, and keeps it for the others.
   */
  #lentTo(nodeId: string, id: number): Holdable | undefined {
    const item = this.#peers.known(nodeId)?.handles.get(id);
    if (item !== undefined) return item;
    for (const { handles } of this.#peers.all()) {
      const lent = handles.get(id);
      if (lent !== undefined) return lent;
    }
    return undefined;
  }

  #sendLost(peer: Peer, id: number, error: ObjectLostError): void {
    peer.send([NodeOp.Settled, id, [2, ...Failure.of(error).toWire(this.#node.codec)]]);
  }
}

function unknown(): ObjectLostError {
  return new ObjectLostError('Its owner does not know the object any more');
}
