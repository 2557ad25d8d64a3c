import { setTimeout } from 'node:timers';
import {
  type CreateGroup,
  type GroupPlaces,
  homeOfGroup,
  type Node,
  NodeOp,
  NodeSilentError,
  type PlacementGroupOptions,
  type Producer,
  type ResourceMap,
} from '@aktis/core';
import { ObjectEntry } from '@aktis/core/hub';
import { fateOfKeeper, type KeeperFate, SEARCH_EVERY_MS } from '../keeping/keeper-fate.ts';
import type { Peer } from '../peers/peer.ts';
import type { Peers } from '../peers/peers.ts';
import type { GroupRecord } from '../records.ts';
import type { Placer } from '../scheduling/index.ts';
import type { GroupRegister } from './group-register.ts';
import { factsOf, type GroupPlacesFacts, GroupView } from './group-view.ts';
import type { HostedBundles } from './hosted-bundles.ts';

/** How long its home may take to answer that it has removed a group. */
const REMOVING_MS = 10_000;

interface Parts {
  readonly node: Node;
  readonly peers: Peers;
  readonly placer: Placer;
  readonly register: GroupRegister;
  readonly hosted: HostedBundles;
  /** Asks another node a question; `limit` in ms. */
  ask(peer: Peer, question: string, value: unknown, limit: number): Promise<unknown>;
}

/**
 * The groups this node has to do with: each has a home, here or on another node, which says where its bundles are. When the
 * home is gone, the next one is looked for.
 */
export class FollowedGroups {
  readonly #parts: Parts;
  readonly #views = new Map<string, GroupView>();
  /** Of groups whose home is not the one their id says. */
  readonly #moved = new Map<string, string>();
  /** Of which the home is being looked for. */
  readonly #seeking = new Map<string, Promise<void>>();
  /** What this driver has given other nodes to keep, until they say that they do: the message to them. */
  readonly #given = new Map<string, CreateGroup>();
  /** What is ready while a group is complete that this node created at another one. */
  readonly #awaited = new Map<string, ObjectEntry>();
  /** Work in groups may go somewhere now. */
  onRoom: () => void = () => {};

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** This node is the group's home, whatever its id says. */
  isAtHome(id: string): void {
    this.#moved.set(id, this.#parts.node.id);
  }

  /** Of a group whose home this is. */
  told(id: string, facts: GroupPlacesFacts): void {
    this.#views.get(id)?.told(facts);
  }

  /** A group whose home this is has been removed. */
  removed(id: string): void {
    this.#views.delete(id);
    this.#moved.delete(id);
  }

  create(id: string, bundles: readonly ResourceMap[], options: PlacementGroupOptions, readyId: number): ObjectEntry {
    const ready = new ObjectEntry<Producer>(readyId, this.#producerOf(id)) as ObjectEntry;
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
    view.onRoom = () => this.roomSoon();
    if (node.placementGroups.isGone(id)) return view;
    this.#views.set(id, view);
    const own = node.placementGroups.get(id);
    if (own !== undefined) view.told(factsOf(own));
    else if (!this.#join(id)) void this.#seek(id);
    return view;
  }

  #producerOf(id: string): Producer {
    const explain = () => `placement group ${id} is not reserved yet: ${this.#views.get(id)?.reason}`;
    return { name: `placement group ${id}`, explain };
  }

  #homeOf(id: string): string {
    return this.#moved.get(id) ?? homeOfGroup(id);
  }

  /** Tells its home that this node has to do with it, and what it has of it. False: the home is not there. */
  #join(id: string): boolean {
    const { node, peers } = this.#parts;
    const home = this.#homeOf(id);
    const peer = home === node.id ? undefined : peers.living(home);
    peer?.send(this.#given.get(id) ?? [NodeOp.FollowGroup, id, this.#parts.hosted.held(id)]);
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
          ? await fateHere(id, register, isWanted)
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
    const ready = this.#awaited.get(id) as ObjectEntry<Producer> | undefined;
    if (view?.isComplete === true) ready?.resolve('');
    else if (ready?.state === 'ready') ready.reopen(this.#producerOf(id));
    this.onRoom();
  }

  #rejoin(id: string): void {
    if (!this.#views.has(id)) this.view(id);
    else if (!this.#join(id)) void this.#seek(id);
  }

  /** What this node has of the group has changed: its home is told, if this node follows it. */
  tellHome(id: string, unlessItIs?: string): void {
    if (!this.#views.has(id) || this.#parts.node.placementGroups.get(id) !== undefined) return;
    if (this.#homeOf(id) !== unlessItIs) this.#join(id);
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
        // Either it answers at last, or it is declared dead, and another is the home.
        if (!peer?.isGone && !(error instanceof NodeSilentError)) throw error;
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
    this.roomSoon();
  }

  memberChanged(nodeId: string): void {
    for (const view of this.#views.values()) view.memberChanged(nodeId);
  }

  /** The node is gone, or only the link to it. */
  homeGone(nodeId: string): void {
    const { node } = this.#parts;
    for (const id of this.#views.keys()) {
      if (this.#homeOf(id) === nodeId && node.placementGroups.get(id) === undefined) void this.#seek(id);
    }
  }

  roomSoon(): void {
    queueMicrotask(() => {
      if (!this.#parts.node.isEnding) this.onRoom();
    });
  }
}

/** Of a group whose home is to be this node, which does not have it. */
async function fateHere(
  id: string,
  register: GroupRegister,
  isWanted: () => boolean,
): Promise<KeeperFate<GroupRecord>> {
  while (isWanted()) {
    try {
      const record = await register.find(id);
      return record === null ? 'died' : { kind: 'inherited', record };
    } catch {
      await new Promise(resolve => setTimeout(resolve, SEARCH_EVERY_MS).unref());
    }
  }
  return 'died';
}
