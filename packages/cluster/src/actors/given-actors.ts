import type { Actor, ActorManager, RemoteHome } from '@aktis/actors';
import { ActorDiedError, type ActorStateMessage, Failure } from '@aktis/core';
import type { Peer } from '../peers/peer.ts';
import type { Peers } from '../peers/peers.ts';
import type { ActorHandOver } from './actor-hand-over.ts';
import type { ActorPlacement } from './actor-placement.ts';
import type { BorrowedActors } from './borrowed-actors.ts';
import type { BorrowedHome } from './borrowed-home.ts';

interface Parts {
  readonly manager: ActorManager;
  readonly peers: Peers;
  readonly placement: ActorPlacement;
  readonly handOver: ActorHandOver;
  readonly borrowed: BorrowedActors;
}

/** The detached actors that a driver creates: it gives each to the node it will live on, which owns it from then on. */
export class GivenActors {
  readonly #parts: Parts;
  /** Those whose new owner has not said yet that it has them. */
  readonly #onTheirWay = new Map<number, { readonly home: BorrowedHome; readonly peer: Peer }>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  give(actor: Actor): RemoteHome {
    const { manager, peers, placement, handOver, borrowed } = this.#parts;
    const home = borrowed.home(actor);
    const best = placement.elsewhere(actor);
    const peer = best === undefined ? undefined : peers.living(best);
    if (peer === undefined) {
      const error = new ActorDiedError(`${actor} could not be created: no node of the cluster has room for it now`);
      queueMicrotask(() => manager.border.died(actor, Failure.of(error)));
      return home;
    }
    this.#onTheirWay.set(actor.id, { home, peer });
    handOver.send(actor, peer, true);
    return home;
  }

  /** What its new owner says. False: it is none of these. */
  state(peer: Peer, [, id, state, idThere, death]: ActorStateMessage): boolean {
    const given = this.#onTheirWay.get(id);
    if (given === undefined) return false;
    this.#onTheirWay.delete(id);
    const { home } = given;
    if (state === 'adopted') this.#parts.borrowed.locate(home, { owner: peer.nodeId, id: idThere });
    else if (death !== null) this.#parts.manager.border.died(home.actor, Failure.fromWire(death));
    return true;
  }

  nodeGone(peer: Peer, where: string): void {
    for (const [id, given] of [...this.#onTheirWay]) {
      if (given.peer !== peer) continue;
      this.#onTheirWay.delete(id);
      const { actor } = given.home;
      this.#parts.manager.border.died(actor, Failure.of(new ActorDiedError(`${actor} died: it was on ${where}`)));
    }
  }
}
