import { setTimeout } from 'node:timers';
import {
  type Bundles,
  type CreateGroup,
  type GroupPlaces,
  type GroupsElsewhere,
  type Node,
  NodeOp,
  type ObjectEntry,
  type PlacementGroupOptions,
  type Reserve,
  type Reserved,
  type ResourceMap,
  type SettleBundles,
} from '@aktis/core';
import { Group } from '@aktis/core/hub';
import { SEARCH_EVERY_MS } from '../keeping/keeper-fate.ts';
import type { Peer } from '../peers/peer.ts';
import { ONLY_A_LINK_MS, type Peers } from '../peers/peers.ts';
import type { Placer } from '../scheduling/index.ts';
import { FollowedGroups } from './followed-groups.ts';
import { GroupHome } from './group-home.ts';
import type { GroupRegister } from './group-register.ts';
import { factsOf, type GroupPlacesFacts, type GroupView } from './group-view.ts';
import { HostedBundles } from './hosted-bundles.ts';

/** What changes within so many milliseconds is looked at once. */
const GATHER_MS = 20;

interface Parts {
  readonly node: Node;
  readonly peers: Peers;
  readonly placer: Placer;
  readonly isDriver: boolean;
  readonly register: GroupRegister;
  /** Asks another node a question; `limit` in ms. */
  ask(peer: Peer, question: string, value: unknown, limit: number): Promise<unknown>;
}

/**
 * Placement groups over nodes. A group's home, the node that created it or inherited it, has its bundles reserved; whoever
 * has work for it, or has reserved something for it, follows it: is told where its bundles are, and when it is gone.
 */
export class RemoteGroups implements GroupsElsewhere {
  readonly #parts: Parts;
  readonly #homes = new Map<string, GroupHome>();
  readonly #followers = new Map<string, Set<Peer>>();
  readonly #hosted: HostedBundles;
  readonly #followed: FollowedGroups;
  #gathering: NodeJS.Timeout | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#hosted = new HostedBundles(parts.node);
    this.#followed = new FollowedGroups({ ...parts, hosted: this.#hosted });
  }

  /** Called when work in groups may go somewhere. */
  set onRoom(onRoom: () => void) {
    this.#followed.onRoom = onRoom;
  }

  // ── groups whose home this is ──────────────────────────────────────────────────────────────────────────────────

  reserve(group: Group): void {
    const home = this.#open(group);
    if (!group.isDetached) {
      home.try();
      return;
    }
    group.reason = 'the control store is told of it first';
    void this.#parts.register.enter(group).then(() => home.try());
  }

  /** Groups that dead nodes kept come to this one, if it is the first to take them. */
  async adoptOrphans(): Promise<void> {
    const { node, register, peers } = this.#parts;
    for (const orphan of await register.orphans()) {
      if (node.isEnding) return;
      if (!(await register.inherit(orphan))) continue;
      const { groupId, bundles, options, nodeIds, wasPlaced } = orphan.record;
      this.#followed.isAtHome(groupId);
      const group = new Group(groupId, bundles, options, node.ids.take(), undefined);
      group.wasPlaced = wasPlaced;
      node.placementGroups.adopt(group);
      const here = this.#hosted.held(groupId);
      const lives = (nodeId: string, index: number) =>
        nodeId === node.id ? here.includes(index) : peers.living(nodeId) !== undefined;
      const home = this.#open(group);
      home.inherited(nodeIds.map((nodeId, index) => (nodeId !== null && lives(nodeId, index) ? nodeId : undefined)));
      for (const nodeId of new Set(group.nodeIds)) this.#hostOf(group, nodeId);
      this.#publish(group);
      home.try();
    }
  }

  /** Whoever has bundles of a group is told what becomes of it. */
  #hostOf(group: Group, nodeId: string | undefined): Peer | undefined {
    const { node, peers } = this.#parts;
    const peer = nodeId === undefined || nodeId === node.id ? undefined : peers.living(nodeId);
    if (peer !== undefined) this.#followersOf(group.id).add(peer);
    return peer;
  }

  #open(group: Group): GroupHome {
    const { node, placer, peers, register } = this.#parts;
    const home = new GroupHome(group, node, placer, {
      reserve: (nodeId, round, bundles) => {
        if (nodeId === node.id) {
          this.#reserveHere(group.id, round, `${group}`, bundles, isReserved =>
            home.answered(nodeId, round, isReserved),
          );
          return;
        }
        const peer = this.#hostOf(group, nodeId);
        peer?.send([NodeOp.Reserve, group.id, round, `${group}`, JSON.stringify([...bundles])]);
        if (peer === undefined) queueMicrotask(() => home.answered(nodeId, round, false));
      },
      settle: (nodeId, round, isKept) => {
        if (nodeId === node.id) this.#hosted.settle(node.id, group.id, round, isKept);
        else peers.living(nodeId)?.send([NodeOp.SettleBundles, group.id, round, isKept ? 1 : 0]);
      },
      changed: () => {
        if (group.isDetached) register.changed(group);
        this.#publish(group);
      },
    });
    this.#homes.set(group.id, home);
    return home;
  }

  /** Nobody is told before no other node can take it over any more: until then whoever removes it must ask the next home. */
  removed(group: Group, reason: string): Promise<void> | undefined {
    this.#homes.get(group.id)?.removed();
    this.#homes.delete(group.id);
    this.#followed.removed(group.id);
    this.#followed.roomSoon();
    if (group.isDetached) return this.#parts.register.removed(group).finally(() => this.#tellRemoved(group, reason));
    this.#tellRemoved(group, reason);
    return undefined;
  }

  #tellRemoved(group: Group, reason: string): void {
    const facts: GroupPlacesFacts = { bundles: [], nodeIds: [], removed: `${group} ${reason}` };
    for (const peer of this.#followers.get(group.id) ?? []) this.#tell(peer, group.id, facts);
    this.#followers.delete(group.id);
  }

  /** Another node's driver creates a group here, so that it outlives the driver. */
  createHere(peer: Peer, [, id, bundles, options]: CreateGroup): void {
    const { node } = this.#parts;
    this.#followersOf(id).add(peer);
    const group = node.placementGroups.get(id);
    // The link broke before it could say so.
    if (group !== undefined) this.#tell(peer, id, factsOf(group));
    else if (node.placementGroups.isGone(id)) this.#tellGone(peer, id);
    if (group !== undefined || node.placementGroups.isGone(id)) return;
    const wanted = JSON.parse(options) as PlacementGroupOptions;
    this.#followed.isAtHome(id);
    this.#tell(peer, id, factsOf(node.placementGroups.createHere(id, JSON.parse(bundles), wanted, node.ids.take())));
  }

  followed(peer: Peer, id: string, held: readonly number[]): void {
    const { node, register } = this.#parts;
    const group = node.placementGroups.get(id);
    if (group !== undefined) {
      this.#followersOf(id).add(peer);
      this.#homes.get(id)?.hostHas(peer.nodeId, held);
      this.#tell(peer, id, factsOf(group));
      return;
    }
    if (node.placementGroups.isGone(id)) {
      this.#tellGone(peer, id);
      return;
    }
    // It may be about to inherit it; then it tells all who follow.
    this.#followersOf(id).add(peer);
    register.find(id).then(
      record => {
        if (record !== null || node.placementGroups.get(id) !== undefined) return;
        this.#followers.delete(id);
        this.#tellGone(peer, id);
      },
      () => setTimeout(() => this.followed(peer, id, held), SEARCH_EVERY_MS).unref(),
    );
  }

  /** Once it cannot come back. */
  #tellGone(peer: Peer, id: string): void {
    const tell = () =>
      this.#tell(peer, id, { bundles: [], nodeIds: [], removed: `Placement group ${id} has been removed` });
    void Promise.resolve(this.#parts.node.placementGroups.leaving(id)).then(tell, tell);
  }

  reserved(peer: Peer, [, id, round, isReserved]: Reserved): void {
    const home = this.#homes.get(id);
    if (home !== undefined) home.answered(peer.nodeId, round, isReserved === 1);
    else if (isReserved === 1) peer.send([NodeOp.SettleBundles, id, round, 0]);
  }

  #publish(group: Group): void {
    const facts = factsOf(group);
    this.#followed.told(group.id, facts);
    for (const peer of this.#followers.get(group.id) ?? []) this.#tell(peer, group.id, facts);
    this.#followed.onRoom();
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
    return this.#followed.create(id, bundles, options, readyId);
  }

  follow(id: string): void {
    this.#followed.view(id);
  }

  view(id: string): GroupView {
    return this.#followed.view(id);
  }

  places(peer: Peer, message: GroupPlaces): void {
    this.#followed.places(peer, message);
  }

  remove(id: string): Promise<void> {
    return this.#followed.remove(id);
  }

  // ── bundles that lie here ──────────────────────────────────────────────────────────────────────────────────────

  reserveFor(peer: Peer, [, id, round, name, text]: Reserve): void {
    const bundles: Bundles = new Map(JSON.parse(text) as [number, ResourceMap][]);
    this.#hosted.reserve(peer.nodeId, id, round, name, bundles, isReserved => {
      peer.send([NodeOp.Reserved, id, round, isReserved ? 1 : 0]);
    });
  }

  settle(peer: Peer, [, id, round, isKept]: SettleBundles): void {
    const changed = this.#hosted.settle(peer.nodeId, id, round, isKept === 1);
    if (isKept === 1) this.#followed.view(id);
    // Its home may have been told meanwhile that these bundles are here.
    else if (changed) this.#followed.tellHome(id);
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
    this.#followed.memberChanged(nodeId);
  }

  /** The node may live all the same: then it is told, and says, once more how everything stands. */
  linkLost(peer: Peer): void {
    const { nodeId } = peer;
    // An heir may have been told meanwhile that these bundles are here.
    for (const id of this.#hosted.homeGone(nodeId)) this.#followed.tellHome(id, nodeId);
    this.#followed.memberChanged(nodeId);
    for (const followers of this.#followers.values()) followers.delete(peer);
    for (const home of this.#homes.values()) {
      home.linkLost(nodeId);
      if (home.group.nodeIds.includes(nodeId)) this.#greetLater(home.group, nodeId);
    }
    this.#followed.homeGone(nodeId);
  }

  /** It may have missed what it was told last. */
  #greetLater(group: Group, nodeId: string): void {
    setTimeout(() => {
      if (group.isRemoved || !group.nodeIds.includes(nodeId) || this.#parts.node.isEnding) return;
      const peer = this.#hostOf(group, nodeId);
      if (peer !== undefined) this.#tell(peer, group.id, factsOf(group));
    }, ONLY_A_LINK_MS).unref();
  }

  nodeDied(nodeId: string): void {
    const { node } = this.#parts;
    this.#followed.homeGone(nodeId);
    for (const home of [...this.#homes.values()]) {
      const { group } = home;
      if (group.job?.nodeId === nodeId && !group.isDetached) {
        node.placementGroups.remove(group.id, `has ended with the driver it was created for, node ${nodeId}`);
      } else {
        home.nodeGone(nodeId);
      }
    }
  }
}
