import { setTimeout } from 'node:timers';
import {
  type Bundles,
  type CreateGroup,
  Group,
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
import { fateOfKeeper, type KeeperFate, SEARCH_EVERY_MS } from '../keeping/keeper-fate.ts';
import type { Peer } from '../peers/peer.ts';
import { ONLY_A_LINK_MS, type Peers } from '../peers/peers.ts';
import type { GroupRecord } from '../records.ts';
import type { Placer } from '../scheduling/index.ts';
import { GroupHome } from './group-home.ts';
import type { GroupRegister } from './group-register.ts';
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
  readonly #views = new Map<string, GroupView>();
  readonly #followers = new Map<string, Set<Peer>>();
  readonly #hosted: HostedBundles;
  /** Of groups whose home is not the one their id says. */
  readonly #moved = new Map<string, string>();
  /** Of which the home is being looked for. */
  readonly #seeking = new Map<string, Promise<void>>();
  /** What this driver has given other nodes to keep, until they say that they do: the message to them. */
  readonly #given = new Map<string, CreateGroup>();
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
      this.#moved.set(groupId, node.id);
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
        if (nodeId === node.id) this.#hosted.settle(group.id, round, isKept);
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

  removed(group: Group, reason: string): void {
    if (group.isDetached) this.#parts.register.removed(group);
    this.#homes.get(group.id)?.removed();
    this.#homes.delete(group.id);
    this.#views.delete(group.id);
    this.#moved.delete(group.id);
    const facts: GroupPlacesFacts = { bundles: [], nodeIds: [], removed: `${group} ${reason}` };
    for (const peer of this.#followers.get(group.id) ?? []) this.#tell(peer, group.id, facts);
    this.#followers.delete(group.id);
    this.#roomSoon();
  }

  /** Another node's driver creates a group here, so that it outlives the driver. */
  createHere(peer: Peer, [, id, bundles, options]: CreateGroup): void {
    const { node } = this.#parts;
    this.#followersOf(id).add(peer);
    const group = node.placementGroups.get(id);
    // The link broke before it could say so.
    if (group !== undefined) this.#tell(peer, id, factsOf(group));
    if (group !== undefined || node.placementGroups.isGone(id)) return;
    const wanted = JSON.parse(options) as PlacementGroupOptions;
    this.#moved.set(id, node.id);
    this.#tell(peer, id, factsOf(node.placementGroups.createHere(id, JSON.parse(bundles), wanted, node.ids.take())));
  }

  follow(id: string): void {
    this.view(id);
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
    const removed = `Placement group ${id} has been removed`;
    const gone = () => this.#tell(peer, id, { bundles: [], nodeIds: [], removed });
    if (node.placementGroups.isGone(id)) {
      gone();
      return;
    }
    // It may be about to inherit it; then it tells all who follow.
    this.#followersOf(id).add(peer);
    register.find(id).then(
      record => {
        if (record !== null || node.placementGroups.get(id) !== undefined) return;
        this.#followers.delete(id);
        gone();
      },
      () => setTimeout(() => this.followed(peer, id, held), SEARCH_EVERY_MS).unref(),
    );
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
    const explain = () => `placement group ${id} is not reserved yet: ${this.#views.get(id)?.reason}`;
    const ready = new ObjectEntry<Producer>(readyId, { name: `placement group ${id}`, explain }) as ObjectEntry;
    this.#awaited.set(id, ready);
    this.#given.set(id, [NodeOp.CreateGroup, id, JSON.stringify(bundles), JSON.stringify(options)]);
    this.view(id);
    return ready;
  }

  /** Where the group's bundles are, as far as its home has said. */
  view(id: string): GroupView {
    let view = this.#views.get(id);
    if (view !== undefined) return view;
    const { node, placer } = this.#parts;
    view = new GroupView(
      id,
      node.id,
      () => node.placementGroups.part(id).scheduler.pool,
      nodeId => nodeId !== node.id && placer.isSuspect(nodeId),
    );
    view.onRoom = () => this.#roomSoon();
    if (node.placementGroups.isGone(id)) return view;
    this.#views.set(id, view);
    const own = node.placementGroups.get(id);
    if (own !== undefined) view.told(factsOf(own));
    else if (!this.#join(id)) void this.#seek(id);
    return view;
  }

  #homeOf(id: string): string {
    return this.#moved.get(id) ?? homeOfGroup(id);
  }

  /** Tells its home that this node has to do with it, and what it has of it. False: the home is not there. */
  #join(id: string): boolean {
    const { node, peers } = this.#parts;
    const home = this.#homeOf(id);
    const peer = home === node.id ? undefined : peers.living(home);
    peer?.send(this.#given.get(id) ?? [NodeOp.FollowGroup, id, this.#hosted.held(id)]);
    return peer !== undefined;
  }

  #seek(id: string): Promise<void> {
    let seeking = this.#seeking.get(id);
    if (seeking === undefined) {
      seeking = this.#findHome(id).finally(() => this.#seeking.delete(id));
      this.#seeking.set(id, seeking);
    }
    return seeking;
  }

  /** Its home is gone, or only the link to it: who is its home now? */
  async #findHome(id: string): Promise<void> {
    const { node, peers, placer, register } = this.#parts;
    for (;;) {
      const home = this.#homeOf(id);
      const isWanted = () =>
        !node.isEnding &&
        this.#views.has(id) &&
        node.placementGroups.get(id) === undefined &&
        this.#homeOf(id) === home;
      const fate =
        home === node.id
          ? await fateHere(id, register)
          : await fateOfKeeper(peers, home, () => register.find(id), isWanted);
      // Another has said that it is its home.
      if (!isWanted()) return;
      if (fate === 'died' && !this.#given.has(id)) {
        this.#end(id, `Placement group ${id} has been removed, or is gone with node ${home}, which created it`);
        return;
      }
      // The node it was given to has never had it.
      const next = fate === 'died' ? placer.lasting() : fate.kind === 'inherited' ? fate.record.ownerNodeId : home;
      if (next !== undefined) this.#moved.set(id, next);
      if (this.#join(id)) return;
      await new Promise(resolve => setTimeout(resolve, SEARCH_EVERY_MS).unref());
    }
  }

  places(peer: Peer, [, id, text]: GroupPlaces): void {
    const { node } = this.#parts;
    if (node.placementGroups.get(id) !== undefined) return;
    const facts = JSON.parse(text) as GroupPlacesFacts;
    this.#given.delete(id);
    const isNew = peer.nodeId !== this.#homeOf(id);
    if (isNew) this.#moved.set(id, peer.nodeId);
    if (facts.removed !== undefined) {
      this.#end(id, facts.removed);
      return;
    }
    // What its home does not count on is free, and it is told.
    const wasMore = node.placementGroups.knownPart(id)?.keepOnly(index => facts.nodeIds[index] === node.id) === true;
    if (isNew || wasMore || !this.#views.has(id)) this.#rejoin(id);
    const view = this.#views.get(id);
    view?.told(facts);
    if (view?.isComplete === true) {
      this.#awaited.get(id)?.resolve('');
      this.#awaited.delete(id);
    }
    this.onRoom();
  }

  #rejoin(id: string): void {
    if (!this.#views.has(id)) this.view(id);
    else if (!this.#join(id)) void this.#seek(id);
  }

  async remove(id: string): Promise<void> {
    const { node, peers, ask } = this.#parts;
    while (!node.placementGroups.isGone(id)) {
      const home = this.#homeOf(id);
      const peer = home === node.id ? undefined : peers.living(home);
      try {
        if (peer !== undefined) {
          await ask(peer, 'removePlacementGroup', { id }, REMOVING_MS);
          return;
        }
      } catch (error) {
        if (!peer?.isGone) throw error;
      }
      this.view(id);
      await this.#seek(id);
      if (node.placementGroups.get(id) !== undefined) return node.placementGroups.remove(id);
    }
  }

  #end(id: string, message: string): void {
    this.#views.delete(id);
    this.#moved.delete(id);
    this.#given.delete(id);
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

  /** The node may live all the same: then it is told, and says, once more how everything stands. */
  linkLost(peer: Peer): void {
    const { nodeId } = peer;
    this.#hosted.homeGone(nodeId);
    this.memberChanged(nodeId);
    for (const followers of this.#followers.values()) followers.delete(peer);
    for (const home of this.#homes.values()) {
      home.linkLost(nodeId);
      if (home.group.nodeIds.includes(nodeId)) this.#greetLater(home.group, nodeId);
    }
    this.#seekFrom(nodeId);
  }

  /** It may have missed what it was told last. */
  #greetLater(group: Group, nodeId: string): void {
    setTimeout(() => {
      if (group.isRemoved || !group.nodeIds.includes(nodeId) || this.#parts.node.isEnding) return;
      const peer = this.#hostOf(group, nodeId);
      if (peer !== undefined) this.#tell(peer, group.id, factsOf(group));
    }, ONLY_A_LINK_MS).unref();
  }

  #seekFrom(home: string): void {
    const { node } = this.#parts;
    for (const id of this.#views.keys()) {
      if (this.#homeOf(id) === home && node.placementGroups.get(id) === undefined) void this.#seek(id);
    }
  }

  nodeDied(nodeId: string): void {
    const { node } = this.#parts;
    this.#seekFrom(nodeId);
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

/** Of a group whose home is to be this node, which does not have it. */
async function fateHere(id: string, register: GroupRegister): Promise<KeeperFate<GroupRecord>> {
  for (;;) {
    try {
      const record = await register.find(id);
      return record === null ? 'died' : { kind: 'inherited', record };
    } catch {
      await new Promise(resolve => setTimeout(resolve, SEARCH_EVERY_MS).unref());
    }
  }
}

function factsOf({ bundles, nodeIds, reason }: Group): GroupPlacesFacts {
  return { bundles, nodeIds: nodeIds.map(nodeId => nodeId ?? null), ...(reason !== undefined && { reason }) };
}
