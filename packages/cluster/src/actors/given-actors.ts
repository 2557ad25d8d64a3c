import type { Actor, ActorManager, RemoteHome } from '@aktis/actors';
import { ActorDiedError, type ActorStateMessage, Failure, type Node, publicId } from '@aktis/core';
import { fateOfKeeper } from '../keeping/keeper-fate.ts';
import type { Peer } from '../peers/peer.ts';
import type { Peers } from '../peers/peers.ts';
import type { ActorDirectory } from './actor-directory.ts';
import type { ActorHandOver } from './actor-hand-over.ts';
import type { ActorPlacement } from './actor-placement.ts';
import type { BorrowedActors } from './borrowed-actors.ts';
import type { BorrowedHome } from './borrowed-home.ts';

interface Parts {
  readonly node: Node;
  readonly manager: ActorManager;
  readonly peers: Peers;
  readonly placement: ActorPlacement;
  readonly handOver: ActorHandOver;
  readonly borrowed: BorrowedActors;
  readonly directory: ActorDirectory;
}

/**
 * The detached actors that a driver creates: it gives each to the node it will live on, which owns it from then on.
 *
 * ```
 *   waiting ──▶ on its way to a node ──▶ adopted: that node says where it lives
 *      ▲                 │
 *      └── restarts ◀────┴ that node died, and nobody has inherited the actor
 * ```
 */
export class GivenActors {
  readonly #parts: Parts;
  /** No node has room for them. */
  readonly #waiting = new Set<BorrowedHome>();
  /** Those whose new owner has not said yet that it has them. */
  readonly #onTheirWay = new Map<number, { readonly home: BorrowedHome; readonly peer: Peer }>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  give(actor: Actor): RemoteHome {
    const home = this.#parts.borrowed.home(actor);
    this.#waiting.add(home);
    this.#send(home);
    if (this.#waiting.has(home)) this.#parts.placement.warnIfInfeasible(actor);
    return home;
  }

  /** A node joined, or has something free. */
  roomChanged(): void {
    for (const home of this.#waiting) this.#send(home);
  }

  #send(home: BorrowedHome, to?: Peer): void {
    const { peers, placement, handOver } = this.#parts;
    const { actor } = home;
    if (actor.state === 'dead' && to === undefined) {
      this.#waiting.delete(home);
      return;
    }
    const best = to === undefined ? placement.elsewhere(actor) : undefined;
    const peer = best === undefined ? to : peers.living(best);
    if (peer === undefined) return;
    this.#waiting.delete(home);
    this.#onTheirWay.set(actor.id, { home, peer });
    handOver.send(actor, peer, true);
  }

  /** What its new owner says. False: it is none of these. */
  state(peer: Peer, [, id, state, idThere, death]: ActorStateMessage): boolean {
    const given = this.#onTheirWay.get(id);
    if (given === undefined) return false;
    this.#onTheirWay.delete(id);
    const { home } = given;
    if (state === 'adopted') this.#adopted(home, peer.nodeId, idThere);
    else if (death !== null) this.#parts.manager.border.died(home.actor, Failure.fromWire(death));
    return true;
  }

  #adopted(home: BorrowedHome, owner: string, id: number): void {
    const { actor } = home;
    this.#parts.borrowed.locate(home, { owner, id });
    if (actor.state === 'dead') home.kill(true);
  }

  nodeGone(peer: Peer, where: string): void {
    for (const [id, given] of [...this.#onTheirWay]) {
      if (given.peer !== peer) continue;
      this.#onTheirWay.delete(id);
      void this.#lost(given.home, peer, where);
    }
  }

  /** Its new owner may have had it, and died; or may have it, and only the link is gone. */
  async #lost(home: BorrowedHome, { nodeId }: Peer, where: string): Promise<void> {
    const { node, manager, peers, directory } = this.#parts;
    const { actor } = home;
    const actorId = publicId(node.id, actor.id);
    const find = async () => {
      const record = actor.name === undefined ? null : await directory.find(actor.namespace, actor.name);
      return record?.actorId === actorId ? record : null;
    };
    // One that was killed meanwhile may live there all the same: then it is to be killed there.
    const fate = await fateOfKeeper(peers, nodeId, find, () => !node.isEnding);
    if (node.isEnding || (actor.state === 'dead' && fate === 'died')) return;
    if (fate === 'died') {
      if (actor.restartsLeft === 0) {
        manager.border.died(actor, Failure.of(new ActorDiedError(`${actor} died: it was on ${where}`)));
        return;
      }
      if (actor.restartsLeft > 0) actor.restartsLeft--;
      actor.restarts++;
      this.#waiting.add(home);
      this.#send(home);
    } else if (fate.kind === 'lives') {
      // It knows by the actor's id whether it has it already.
      this.#send(home, fate.peer);
    } else {
      this.#adopted(home, fate.record.ownerNodeId, fate.record.id);
    }
  }
}
