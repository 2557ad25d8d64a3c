import type { Actor, ActorManager } from '@aktis/actors';
import { ActorDiedError, Failure, type Node, NodeOp } from '@aktis/core';
import type { Peer } from '../peers/peer.ts';

/** The nodes that have handles on actors of this node's, and are told where these live. */
export class ActorWatchers {
  readonly #node: Node;
  readonly #manager: ActorManager;
  readonly #nodeOf: (actor: Actor) => string;
  readonly #watchers = new Map<number, Set<Peer>>();

  /** @param nodeOf where an actor of this node's lives; '' while it is on its way */
  constructor(node: Node, manager: ActorManager, nodeOf: (actor: Actor) => string) {
    this.#node = node;
    this.#manager = manager;
    this.#nodeOf = nodeOf;
  }

  /** `peer` asks where it lives, now and from now on. */
  locate(peer: Peer, id: number): void {
    // Its actors end with it, and who asks learns by the link what that means for them.
    if (this.#node.isEnding) return;
    const actor = this.#manager.actors.get(id);
    if (actor === undefined) {
      this.#tellOfDeath(peer, id, Failure.of(new ActorDiedError('The actor has ended')));
      return;
    }
    let watchers = this.#watchers.get(id);
    if (watchers === undefined) this.#watchers.set(id, (watchers = new Set()));
    watchers.add(peer);
    this.#tell(peer, actor);
  }

  tell(actor: Actor): void {
    // With a node that ends its actors end, too. Others learn of it as of any death: a detached one comes back elsewhere.
    if (this.#node.isEnding) return;
    for (const peer of this.#watchers.get(actor.id) ?? []) if (!peer.isGone) this.#tell(peer, actor);
    if (actor.death !== null) this.#watchers.delete(actor.id);
  }

  forget(peer: Peer): void {
    for (const watchers of this.#watchers.values()) watchers.delete(peer);
  }

  #tell(peer: Peer, actor: Actor): void {
    if (actor.death !== null) this.#tellOfDeath(peer, actor.id, actor.death);
    else peer.send([NodeOp.Located, actor.id, this.#nodeOf(actor), actor.restartsLeft, null]);
  }

  #tellOfDeath(peer: Peer, id: number, death: Failure): void {
    peer.send([NodeOp.Located, id, '', 0, death.toWire(this.#node.codec)]);
  }
}
