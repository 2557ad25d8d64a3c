import { setTimeout } from 'node:timers';
import type { Actor, ActorManager } from '@aktis/actors';
import { holdsForLife } from '@aktis/actors/hub';
import { type ActorStateMessage, Failure, type Node } from '@aktis/core';
import { mayMove } from '../drain/departure.ts';
import type { Peer } from '../peers/peer.ts';
import type { Peers } from '../peers/peers.ts';
import { STALLED_MS } from '../tasks/remote-lane.ts';
import type { RemoteTasks } from '../tasks/remote-tasks.ts';
import type { ActorHandOver } from './actor-hand-over.ts';
import type { ActorPlacement } from './actor-placement.ts';
import { OwnedHome } from './owned-home.ts';
import type { Relinquished } from './retirement.ts';

interface Parts {
  readonly node: Node;
  readonly manager: ActorManager;
  readonly peers: Peers;
  readonly tasks: RemoteTasks;
  readonly placement: ActorPlacement;
  readonly handOver: ActorHandOver;
  /** It has come to another node, left it, or restarts there. */
  moved(actor: Actor): void;
  /** Asks a node to end the actor that `ownerId` calls `id` there, once it has answered its calls. */
  retire(nodeId: string, ownerId: string, id: number): Promise<void>;
  /** Asks a node to give back the actor of this node's that may wait there. */
  relinquish(nodeId: string, id: number): Promise<Relinquished>;
}

/** The actors of this node's own that live on other nodes, or wait for one with room for them. */
export class OwnedActors {
  readonly #parts: Parts;
  readonly #homes = new Map<number, OwnedHome>();
  /** They wait for a node with room for them. */
  readonly #unplaced = new Set<OwnedHome>();
  /** They have left one node, and not yet come to another. */
  readonly #moving = new Set<OwnedHome>();

  /** They may still wait where they were sent, for what they hold for life: since when. */
  readonly #unstarted = new Map<OwnedHome, number>();
  #watching: NodeJS.Timeout | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @param nodeId where it goes; undefined: it waits for room on another node */
  place(actor: Actor, nodeId: string | undefined): OwnedHome {
    const { manager, tasks, placement } = this.#parts;
    const home = new OwnedHome(actor, tasks, (task, where) => manager.border.callLost(task, where));
    home.onMissed = () => manager.border.flush(actor);
    this.#homes.set(actor.id, home);
    if (nodeId === undefined) {
      this.#unplaced.add(home);
      placement.warnIfInfeasible(actor);
    } else {
      this.#settle(home, nodeId);
    }
    return home;
  }

  /** The node where it lives; '': nowhere, while it is on its way. */
  nodeOf(actor: Actor): string {
    const home = this.#homes.get(actor.id);
    return home === undefined ? this.#parts.node.id : (home.location?.peer.nodeId ?? '');
  }

  /** A node joined, or has something free. */
  roomChanged(): void {
    const { node, manager, placement } = this.#parts;
    for (const home of [...this.#unplaced]) {
      const { actor } = home;
      if (actor.state === 'dead') {
        this.#unplaced.delete(home);
        continue;
      }
      const best = placement.elsewhere(actor);
      if (best === undefined) continue;
      this.#unplaced.delete(home);
      if (best === node.id) {
        this.#homes.delete(actor.id);
        manager.border.placeAgain(actor);
        continue;
      }
      this.#settle(home, best);
      manager.border.flush(actor);
    }
  }

  #settle(home: OwnedHome, nodeId: string): void {
    const { peers, placement, handOver } = this.#parts;
    const { actor } = home;
    const peer = peers.living(nodeId);
    if (peer === undefined) {
      this.#unplaced.add(home);
      return;
    }
    home.release = placement.take(actor, nodeId);
    if (holdsForLife(actor.callable.options)) this.#mayWait(home);
    home.onLeft = () => {
      this.#homes.delete(actor.id);
      this.#unstarted.delete(home);
      home.onLeft = () => {};
    };
    handOver.send(actor, peer, false);
    home.location = { peer, owner: '', id: actor.id };
    this.#parts.moved(actor);
  }

  // ── what waits where it is ─────────────────────────────────────────────────────────────────────────────────────

  #mayWait(home: OwnedHome): void {
    this.#unstarted.set(home, performance.now());
    this.watchWaiting();
  }

  /** Some of this node's actors may wait here, or where they were sent, while others have room. */
  watchWaiting(): void {
    this.#watching ??= setTimeout(() => {
      this.#watching = undefined;
      if (this.#parts.node.isEnding) return;
      this.#seekRoom();
      if (this.#unstarted.size > 0 || !this.#parts.manager.border.waiting().next().done) this.watchWaiting();
    }, STALLED_MS).unref();
  }

  #seekRoom(): void {
    const { node, manager, placement } = this.#parts;
    const reserved: (() => void)[] = [];
    for (const [home, since] of this.#unstarted) {
      const there = home.location?.peer.nodeId;
      if (performance.now() - since < STALLED_MS || there === undefined || this.#moving.has(home)) continue;
      const best = placement.withRoom(home.actor);
      if (best === undefined || best === there) continue;
      reserved.push(placement.reserve(home.actor, best));
      void this.#askBack(home, there);
    }
    for (const release of reserved) release();
    for (const actor of [...manager.border.waiting()]) {
      const best = placement.withRoom(actor);
      if (best !== undefined && best !== node.id) manager.border.placeAgain(actor);
    }
  }

  async #askBack(home: OwnedHome, nodeId: string): Promise<void> {
    const { manager } = this.#parts;
    const { actor } = home;
    this.#moving.add(home);
    const answer = await this.#parts.relinquish(nodeId, actor.id).catch(() => 'gone' as const);
    this.#moving.delete(home);
    if (this.#homes.get(actor.id) !== home || actor.state === 'dead') return;
    if (answer === 'gone') {
      if (home.location !== null) return;
      home.left();
      manager.border.homeless(actor, `node ${nodeId}, which is gone`);
    } else if (answer === 'back') {
      home.location = null;
      this.#parts.moved(actor);
      home.left();
      manager.border.placeAgain(actor);
    } else if (answer === 'stays') {
      this.#unstarted.delete(home);
    } else {
      this.#unstarted.set(home, performance.now());
    }
  }

  /** What its host says. */
  state(peer: Peer, [, id, state, restartsLeft, death]: ActorStateMessage): void {
    const home = this.#homes.get(id);
    if (home === undefined || home.location?.peer !== peer) return;
    const { actor } = home;
    if (state === 'restarted') {
      actor.restarts++;
      actor.restartsLeft = restartsLeft;
      if (holdsForLife(actor.callable.options)) this.#mayWait(home);
      this.#parts.moved(actor);
    } else if (death !== null) {
      home.left();
      this.#parts.manager.border.died(actor, Failure.fromWire(death));
    }
  }

  /**
   * Moves those that live on `nodeId` and may be constructed again to other nodes, at no cost to their restarts: calls wait
   * meanwhile. Resolves when they have left.
   */
  async moveFrom(nodeId: string): Promise<void> {
    const leaving = [...this.#homes.values()].filter(
      ({ actor, location }) => location?.peer.nodeId === nodeId && mayMove(actor) && actor.state !== 'dead',
    );
    await Promise.all(leaving.map(home => this.#move(home, nodeId)));
  }

  async #move(home: OwnedHome, nodeId: string): Promise<void> {
    const { manager, node } = this.#parts;
    const { actor } = home;
    this.#moving.add(home);
    home.location = null;
    this.#parts.moved(actor);
    try {
      await this.#parts.retire(nodeId, node.id, actor.id);
    } catch {
      // That node is gone: so is the actor there.
    }
    this.#moving.delete(home);
    home.left();
    if (actor.restartsLeft >= 0) actor.restartsLeft++;
    manager.border.homeless(actor, `node ${nodeId}, which is draining`);
  }

  /** Before the calls that were under way are dealt with: nothing more goes there. */
  nodeGone(peer: Peer): void {
    for (const home of this.#homes.values()) if (home.location?.peer === peer) home.location = null;
  }

  /** Then: what lived there comes back elsewhere, or is dead. */
  rehome(where: string): void {
    for (const home of [...this.#homes.values()]) {
      if (home.location !== null || this.#unplaced.has(home) || this.#moving.has(home)) continue;
      home.left();
      this.#parts.manager.border.homeless(home.actor, where);
    }
  }
}
