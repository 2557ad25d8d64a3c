import { setTimeout } from 'node:timers';
import {
  type Bundles,
  type CreateGroup,
  type Group,
  type GroupPlaces,
  type GroupsElsewhere,
  homeOfGroup,
  type Node,
  NodeOp,
  ObjectEntry,
  type PlacementGroupOptions,
  type Producer,
  type Reserve,
  type Reserved,
  type ResourceMap,
  type SettleBundles,
} from '@aktis/core';
import type { Peer } from '../peers/peer.ts';
import type { Peers } from '../peers/peers.ts';
import type { Placer } from '../scheduling/index.ts';
import { GroupHome } from './group-home.ts';
import { type GroupPlacesFacts, GroupView } from './group-view.ts';
import { HostedBundles } from './hosted-bundles.ts';

/** What changes within so many milliseconds is looked at once. */
const GATHER_MS = 20;

/** How long its home may take to answer that it has removed a group. */
const REMOVING_MS = 10_000;

interface Parts {
  readonly node: Node;
  readonly peers: Peers;
  readonly placer: Placer;
  readonly isDriver: boolean;
  /** Asks another node a question; `limit` in ms. */
  ask(peer: Peer, question: string, value: unknown, limit: number): Promise<unknown>;
}

/**
 * Placement groups over nodes. A group's home, the node that created it, has its bundles reserved; whoever has work for
 * it, or has reserved something for it, follows it: is told where its bundles are, and when it is gone.
 */
export class RemoteGroups implements GroupsElsewhere {
  readonly #parts: Parts;
  readonly #homes = new Map<string, GroupHome>();
  readonly #views = new Map<string, GroupView>();
  readonly #followers = new Map<string, Set<Peer>>();
  readonly #hosted: HostedBundles;
  /** What is ready when a group is that this node created at another one. */
  readonly #awaited = new Map<string, ObjectEntry>();
  #gathering: NodeJS.Timeout | undefined;
  /** Work in groups may go somewhere now. */
  onRoom: () => void = () => {};

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#hosted = new HostedBundles(parts.node);
  }

  // ── groups whose home this is ──────────────────────────────────────────────────────────────────────────────────

  reserve(group: Group): void {
    const { node, placer, peers } = this.#parts;
    const home = new GroupHome(group, node, placer, {
      reserve: (nodeId, round, bundles) => {
        if (nodeId === node.id) {
          this.#reserveHere(group.id, round, `${group}`, bundles, isReserved =>
            home.answered(nodeId, round, isReserved),
          );
          return;
        }
        const peer = peers.living(nodeId);
        // Whoever has bundles of a group is told what becomes of it.
        if (peer !== undefined) this.#followersOf(group.id).add(peer);
        peer?.send([NodeOp.Reserve, group.id, round, `${group}`, JSON.stringify([...bundles])]);
        if (peer === undefined) queueMicrotask(() => home.answered(nodeId, round, false));
      },
      settle: (nodeId, round, isKept) => {
        if (nodeId === node.id) this.#hosted.settle(group.id, round, isKept);
        else peers.living(nodeId)?.send([NodeOp.SettleBundles, group.id, round, isKept ? 1 : 0]);
      },
      changed: () => this.#publish(group),
    });
    this.#homes.set(group.id, home);
    home.try();
  }

  removed(group: Group, reason: string): void {
    this.#homes.get(group.id)?.removed();
    this.#homes.delete(group.id);
    this.#views.delete(group.id);
    const facts: GroupPlacesFacts = { bundles: [], nodeIds: [], removed: `${group} ${reason}` };
    for (const peer of this.#followers.get(group.id) ?? []) this.#tell(peer, group.id, facts);
    this.#followers.delete(group.id);
    this.#roomSoon();
  }

  /** Another node's driver creates a group here, so that it outlives the driver. */
  createHere(peer: Peer, [, id, bundles, options]: CreateGroup): void {
    const { node } = this.#parts;
    this.#followersOf(id).add(peer);
    const wanted = JSON.parse(options) as PlacementGroupOptions;
    node.placementGroups.create(id, JSON.parse(bundles) as ResourceMap[], wanted, node.ids.take());
  }

  follow(id: string): void {
    this.view(id);
  }

  followed(peer: Peer, id: string): void {
    const group = this.#parts.node.placementGroups.get(id);
    if (group === undefined) {
      const removed = `Placement group ${id} has been removed`;
      this.#tell(peer, id, { bundles: [], nodeIds: [], removed });
      return;
    }
    this.#followersOf(id).add(peer);
    this.#tell(peer, id, factsOf(group));
  }

  reserved(peer: Peer, [, id, round, isReserved]: Reserved): void {
    const home = this.#homes.get(id);
    if (home !== undefined) home.answered(peer.nodeId, round, isReserved === 1);
    else if (isReserved === 1) peer.send([NodeOp.SettleBundles, id, round, 0]);
  }

  #publish(group: Group): void {
    const facts = factsOf(group);
    this.#views.get(group.id)?.told(facts);
    for (const peer of this.#followers.get(group.id) ?? []) this.#tell(peer, group.id, facts);
    this.onRoom();
  }

  #tell(peer: Peer, id: string, facts: GroupPlacesFacts): void {
    if (!peer.isGone) peer.send([NodeOp.GroupPlaces, id, JSON.stringify(facts)]);
  }

  #followersOf(id: string): Set<Peer> {
    let followers = this.#followers.get(id);
    if (followers === undefined) this.#followers.set(id, (followers = new Set()));
    return followers;
  }

  // ── groups of others ───────────────────────────────────────────────────────────────────────────────────────────

  homeFor({ lifetime }: PlacementGroupOptions): string | undefined {
    // With a driver for its home it would end with that driver.
    return lifetime === 'detached' && this.#parts.isDriver ? this.#parts.placer.lasting() : undefined;
  }

  create(id: string, bundles: readonly ResourceMap[], options: PlacementGroupOptions, readyId: number): ObjectEntry {
    const { peers } = this.#parts;
    const explain = () => `placement group ${id} is not reserved yet: ${this.#views.get(id)?.reason}`;
    const ready = new ObjectEntry<Producer>(readyId, { name: `placement group ${id}`, explain }) as ObjectEntry;
    this.#awaited.set(id, ready);
    peers.living(homeOfGroup(id))?.send([NodeOp.CreateGroup, id, JSON.stringify(bundles), JSON.stringify(options)]);
    this.view(id);
    return ready;
  }

  /** Where the group's bundles are, as far as its home has said. */
  view(id: string): GroupView {
    let view = this.#views.get(id);
    if (view !== undefined) return view;
    const { node, peers, placer } = this.#parts;
    view = new GroupView(
      id,
      node.id,
      () => node.placementGroups.part(id).scheduler.pool,
      nodeId => nodeId !== node.id && placer.isSuspect(nodeId),
    );
    view.onRoom = () => this.#roomSoon();
    const home = homeOfGroup(id);
    const own = home === node.id ? node.placementGroups.get(id) : undefined;
    const peer = home === node.id ? undefined : peers.living(home);
    if (own === undefined && peer === undefined) {
      this.#end(id, `Placement group ${id} has been removed, or the node that created it is gone`);
      return view;
    }
    this.#views.set(id, view);
    if (own !== undefined) view.told(factsOf(own));
    else peer?.send([NodeOp.FollowGroup, id]);
    return view;
  }

  places([, id, text]: GroupPlaces): void {
    const facts = JSON.parse(text) as GroupPlacesFacts;
    if (facts.removed !== undefined) {
      this.#end(id, facts.removed);
      return;
    }
    const view = this.#views.get(id);
    view?.told(facts);
    if (view?.isComplete === true) {
      this.#awaited.get(id)?.resolve('');
      this.#awaited.delete(id);
    }
    this.onRoom();
  }

  async remove(id: string): Promise<void> {
    const peer = this.#parts.peers.living(homeOfGroup(id));
    if (peer === undefined) return;
    try {
      await this.#parts.ask(peer, 'removePlacementGroup', { id }, REMOVING_MS);
    } catch (error) {
      // A group goes with its home.
      if (!peer.isGone) throw error;
    }
  }

  #end(id: string, message: string): void {
    this.#views.delete(id);
    const failure = this.#parts.node.placementGroups.end(id, message);
    this.#awaited.get(id)?.fail(failure);
    this.#awaited.delete(id);
    this.#roomSoon();
  }

  // ── bundles that lie here ──────────────────────────────────────────────────────────────────────────────────────

  reserveFor(peer: Peer, [, id, round, name, text]: Reserve): void {
    const bundles: Bundles = new Map(JSON.parse(text) as [number, ResourceMap][]);
    this.#hosted.reserve(peer.nodeId, id, round, name, bundles, isReserved => {
      peer.send([NodeOp.Reserved, id, round, isReserved ? 1 : 0]);
    });
  }

  settle([, id, round, isKept]: SettleBundles): void {
    this.#hosted.settle(id, round, isKept === 1);
    if (isKept === 1) this.view(id);
  }

  #reserveHere(id: string, round: number, name: string, bundles: Bundles, answer: (isReserved: boolean) => void): void {
    this.#hosted.reserve(this.#parts.node.id, id, round, name, bundles, answer);
  }

  // ── changes of the cluster ─────────────────────────────────────────────────────────────────────────────────────

  /** A node joined, left, or has something free. */
  roomChanged(): void {
    if (this.#gathering !== undefined || this.#homes.size === 0) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = undefined;
      for (const home of [...this.#homes.values()]) home.try();
    }, GATHER_MS).unref();
  }

  memberChanged(nodeId: string): void {
    for (const view of this.#views.values()) view.memberChanged(nodeId);
  }

  nodeGone(peer: Peer, reason: string): void {
    const { node } = this.#parts;
    const { nodeId } = peer;
    this.#hosted.homeGone(nodeId);
    for (const followers of this.#followers.values()) followers.delete(peer);
    for (const id of [...this.#views.keys()]) {
      if (homeOfGroup(id) === nodeId) {
        this.#end(id, `Placement group ${id} is gone with node ${nodeId}, which created it: ${reason}`);
      }
    }
    for (const home of [...this.#homes.values()]) {
      const { group } = home;
      if (group.job?.nodeId === nodeId && !group.isDetached) {
        node.placementGroups.remove(group.id, `has ended with the driver it was created for, node ${nodeId}`);
      } else {
        home.nodeGone(nodeId);
      }
    }
  }

  #roomSoon(): void {
    queueMicrotask(() => {
      if (!this.#parts.node.isEnding) this.onRoom();
    });
  }
}

function factsOf({ bundles, nodeIds, reason }: Group): GroupPlacesFacts {
  return { bundles, nodeIds: nodeIds.map(nodeId => nodeId ?? null), ...(reason !== undefined && { reason }) };
}
