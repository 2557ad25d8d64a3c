import type { Bundles, CallableOptions, Group, ResourceMap, ResourceShape } from '@aktis/core';
import { pooledBundles, ResourcePool } from '@aktis/core/hub';
import { amountsOf, type Decision, NodeIndex, type Places, type SpreadCursor, type Work } from '../scheduling/index.ts';

/** What a group's home tells whoever has to do with the group. */
export interface GroupPlacesFacts {
  readonly bundles: readonly ResourceMap[];
  /** For each bundle the node it is reserved on; null: none yet. */
  readonly nodeIds: readonly (string | null)[];
  /** Why it is not complete, in words. */
  readonly reason?: string;
  /** The group is gone, and why. */
  readonly removed?: string;
}

const BUSY: Decision = { kind: 'busy' };

/**
 * A placement group as a little cluster: its nodes offer what they have reserved for it. One that died or was never
 * reserved has its bundles nowhere: work that needs them waits.
 */
export class GroupView implements Places {
  readonly sharesNodes = false;
  readonly id: string;
  readonly #selfId: string;
  /** What this node has reserved for the group. */
  readonly #localPool: () => ResourcePool;
  readonly #isSuspect: (nodeId: string) => boolean;
  readonly #index = new NodeIndex();
  readonly #bundlesOf = new Map<string, Map<number, ResourceMap>>();
  #places: GroupPlacesFacts | undefined;
  /** Told when work of this node's has ended somewhere. */
  onRoom: () => void = () => {};

  constructor(id: string, selfId: string, localPool: () => ResourcePool, isSuspect: (nodeId: string) => boolean) {
    this.id = id;
    this.#selfId = selfId;
    this.#localPool = localPool;
    this.#isSuspect = isSuspect;
  }

  get isComplete(): boolean {
    return this.#places?.nodeIds.every(nodeId => nodeId !== null) ?? false;
  }

  get reason(): string {
    return this.#places?.reason ?? 'its home has not said yet where its bundles are';
  }

  told(places: GroupPlacesFacts): void {
    this.#places = places;
    const old = new Set(this.#bundlesOf.keys());
    this.#bundlesOf.clear();
    for (const [index, nodeId] of places.nodeIds.entries()) {
      if (nodeId === null) continue;
      let bundles = this.#bundlesOf.get(nodeId);
      if (bundles === undefined) this.#bundlesOf.set(nodeId, (bundles = new Map()));
      bundles.set(index, places.bundles[index] as ResourceMap);
    }
    for (const nodeId of old) if (!this.#bundlesOf.has(nodeId)) this.#index.delete(nodeId);
    for (const nodeId of this.#bundlesOf.keys()) this.memberChanged(nodeId);
  }

  /** A node may be suspect now, or not any more. */
  memberChanged(nodeId: string): void {
    const bundles: Bundles | undefined = this.#bundlesOf.get(nodeId);
    if (bundles === undefined) return;
    const total = amountsOf(pooledBundles(bundles));
    const isSuspect = this.#isSuspect(nodeId);
    const isLocal = nodeId === this.#selfId;
    this.#index.set({
      nodeId,
      name: nodeId,
      labels: {},
      total,
      available: total,
      isSuspect,
      isDraining: false,
      isLocal,
    });
  }

  workOf({ schedulingStrategy }: CallableOptions, shape: ResourceShape): Work {
    const index = bundleIndexOf(schedulingStrategy);
    if (index < 0) return { shape };
    return { shape, strategy: { nodeId: this.#places?.nodeIds[index] ?? '' } };
  }

  now(work: Work, cursor?: SpreadCursor): Decision {
    if (this.#bundlesOf.has(this.#selfId)) {
      this.#index.setAvailable(this.#selfId, amountsOf(this.#localPool().available));
    }
    const decision = this.#index.place(work, cursor);
    return decision.kind === 'infeasible' && !this.isComplete ? BUSY : decision;
  }

  later(): Decision {
    return BUSY;
  }

  ever({ shape, strategy }: Work): Decision {
    const named = typeof strategy === 'object' && 'nodeId' in strategy ? strategy.nodeId : undefined;
    for (const [nodeId, bundles] of this.#bundlesOf) {
      if (named !== undefined && named !== nodeId) continue;
      if (new ResourcePool(pooledBundles(bundles)).couldEverFit(shape)) return { kind: 'place', nodeId };
    }
    return BUSY;
  }

  take(nodeId: string, shape: ResourceShape): void {
    this.#index.take(nodeId, shape);
  }

  give(nodeId: string, shape: ResourceShape): void {
    this.#index.give(nodeId, shape);
    this.onRoom();
  }

  takeBack(nodeId: string, shape: ResourceShape): void {
    this.give(nodeId, shape);
  }

  accepts(nodeId: string): boolean {
    return this.#bundlesOf.has(nodeId) && !this.#isSuspect(nodeId);
  }

  mayWaitHere({ schedulingStrategy }: CallableOptions): boolean {
    const index = bundleIndexOf(schedulingStrategy);
    return index < 0 ? this.#bundlesOf.has(this.#selfId) : this.#places?.nodeIds[index] === this.#selfId;
  }

  explain(options: CallableOptions, shape: ResourceShape): string {
    if (!this.isComplete) return `it waits for placement group ${this.id}: ${this.reason}`;
    const decision = this.now(this.workOf(options, shape));
    if (decision.kind === 'infeasible') return `it needs ${shape}, and placement group ${this.id} has reserved less`;
    return `it needs ${shape} of placement group ${this.id}, which other work in it holds at the moment`;
  }
}

function bundleIndexOf(strategy: CallableOptions['schedulingStrategy']): number {
  return typeof strategy === 'object' && 'placementGroup' in strategy ? (strategy.bundleIndex ?? -1) : -1;
}

export function factsOf({ bundles, nodeIds, reason }: Group): GroupPlacesFacts {
  return { bundles, nodeIds: nodeIds.map(nodeId => nodeId ?? null), ...(reason !== undefined && { reason }) };
}
