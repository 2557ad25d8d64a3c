import {
  type Borrowed,
  type Demand,
  Failure,
  type Node,
  NodeOp,
  type ObjectEntry,
  ObjectLostError,
  OwnerDiedError,
} from '@aktis/core';
import type { Payload } from '@aktis/transport';
import type { Peer } from '../peers/peer.ts';
import type { Peers } from '../peers/peers.ts';
import { ForeignEntry, type ForeignName, type ForeignObjects } from './foreign-objects.ts';

/** What this node asks of the owners of objects it has handles on. */
export class Borrowing {
  readonly #node: Node;
  readonly #peers: Peers;
  readonly #foreign: ForeignObjects;

  constructor(node: Node, peers: Peers, foreign: ForeignObjects) {
    this.#node = node;
    this.#peers = peers;
    this.#foreign = foreign;
  }

  /** What stands for an object of another node's that was not known here yet. */
  entry(name: ForeignName): ObjectEntry {
    const entry = new ForeignEntry(this.#node.ids.take(), name, () => {
      this.#peers.meet(name.owner, peer => {
        if (peer === undefined) entry.fail(Failure.of(ownerGone(name.owner)));
        else peer.send([NodeOp.Watch, name.id]);
      });
    });
    if (name.owner === this.#node.id) entry.fail(Failure.of(new ObjectLostError('The object is not known any more')));
    return entry as ObjectEntry;
  }

  /** `via`, which does not own it, has sent a handle on it. */
  register({ owner, id }: ForeignName, via: Peer): void {
    this.#peers.meet(owner, peer => peer?.send([NodeOp.Borrow, id, via.nodeId]));
  }

  /** The owner has noted, or does not know what that is. */
  registered(owner: Peer, [, id, via, ok]: Borrowed): void {
    if (ok === 0 || via === '') return;
    const item = this.#foreign.find({ owner: owner.nodeId, id });
    if (item === undefined) owner.send([NodeOp.Release, [id, 1]]);
    else this.#foreign.registered(item, owner, (other, counts) => other.send([NodeOp.Release, counts]));
  }

  /** The owner is told that no copy is left where it said, and finds or makes another. */
  async askAgain(
    entry: ForeignEntry,
    { owner, id }: ForeignName,
    nodes: readonly string[],
    demand: Demand,
  ): Promise<Payload> {
    const peer = this.#peers.living(owner);
    if (peer === undefined) throw ownerGone(owner);
    entry.reopenWatched();
    peer.send([NodeOp.Lost, id, nodes]);
    await new Promise<void>(resolve => entry.wait({ settled: () => resolve() }));
    if (entry.failure !== undefined) throw entry.failure.toError(this.#node.codec);
    // The store is waiting for this very answer, so it cannot be asked to bring the object.
    return entry.source === null ? (entry.payload ?? '') : entry.source.fetch(entry as ObjectEntry, demand);
  }

  /** What it still made will not come. */
  ownerDied({ nodeId }: Peer): void {
    for (const item of this.#foreign.ownedBy(nodeId)) {
      if (item instanceof ForeignEntry && !item.isSettled) item.fail(Failure.of(ownerGone(nodeId)));
    }
  }
}

function ownerGone(nodeId: string): OwnerDiedError {
  return new OwnerDiedError(`The object belonged to node ${nodeId}, which is gone`);
}
