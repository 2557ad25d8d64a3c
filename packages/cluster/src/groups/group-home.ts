import { setTimeout } from 'node:timers';
import type { Bundles, Group, Node, ResourceMap } from '@aktis/core';
import { ResourceShape, sumOfBundles } from '@aktis/core/hub';
import { assignBundles, type BundleDecision, type Candidate, type Placer } from '../scheduling/index.ts';

/** After a round in which some node had no room: other groups that were refused, too, should not come at the same time. */
const RETRY_MS = { first: 50, most: 1_000 };
/**
 * When no node has room for long, because others always come first: nodes that are large enough are asked to reserve what
 * ends next.
 */
const PATIENCE_MS = { first: 1_000, most: 30_000 };

/** How a home speaks to the nodes where bundles are to be, itself among them. */
export interface BundleHosts {
  reserve(nodeId: string, round: number, bundles: Bundles): void;
  settle(nodeId: string, round: number, isKept: boolean): void;
  /** Something about where the bundles are has changed. */
  changed(): void;
}

/** What was asked of one node in this round. */
interface Asked {
  readonly bundles: Bundles;
  readonly shape: ResourceShape;
  /** Undefined: it has not answered. */
  isReserved: boolean | undefined;
}

/**
 * One placement group on the node that created it: where its bundles go, in two phases. All nodes of a round reserve
 * theirs, and then they belong to the group; or all let go, and it tries again when there is room.
 *
 * ```
 *   lacking ──try: there is room──▶ asking ──all have reserved──▶ complete
 *      ▲                              │                              │
 *      └────── one has refused ───────┘ ◀──── a node died ───────────┘
 * ```
 */
export class GroupHome {
  readonly group: Group;
  readonly #node: Node;
  readonly #placer: Placer;
  readonly #hosts: BundleHosts;
  readonly #random: () => number;
  /** What each node holds for the group, as the placer has been told. */
  readonly #held = new Map<string, ResourceShape[]>();
  #round = 0;
  #asked: Map<string, Asked> | null = null;
  #refusals = 0;
  #resting: NodeJS.Timeout | undefined;
  #patience: number = PATIENCE_MS.first;
  #patient: NodeJS.Timeout | undefined;
  #wasWarned = false;

  constructor(group: Group, node: Node, placer: Placer, hosts: BundleHosts, random: () => number = Math.random) {
    this.group = group;
    this.#node = node;
    this.#placer = placer;
    this.#hosts = hosts;
    this.#random = random;
  }

  /** There may be room for what is lacking. */
  try(): void {
    if (this.#asked !== null || this.#resting !== undefined || this.group.isPlaced) return;
    if (this.group.isRemoved || this.#node.isEnding) return;
    this.#decide(this.#placer.candidates(), true);
  }

  /** It is the home of a group that has had another: this is where its bundles are. */
  inherited(nodeIds: readonly (string | undefined)[]): void {
    const { group } = this;
    group.nodeIds.splice(0, nodeIds.length, ...nodeIds);
    for (const nodeId of new Set(nodeIds)) if (nodeId !== undefined) this.#count(nodeId);
    if (!group.isPlaced) group.reason = 'its home is gone, and perhaps nodes that had bundles';
  }

  /** What was said last may not have arrived; what it has is found out when there is a link again. */
  linkLost(nodeId: string): void {
    this.answered(nodeId, this.#round, false);
  }

  /** A host says which bundles it has: the link broke in between, or this home is a new one. */
  hostHas(nodeId: string, held: readonly number[]): void {
    const { group } = this;
    const before = group.nodeIds.join();
    for (const [index, at] of group.nodeIds.entries()) {
      if (at === nodeId && !held.includes(index)) group.lost([index]);
      else if (at === undefined && held.includes(index) && !this.#isAskedFor(index)) group.reserved([index], nodeId);
    }
    if (group.nodeIds.join() === before) return;
    this.#count(nodeId);
    if (!group.isPlaced) group.reason = `node ${nodeId} has not all of its bundles that it had`;
    this.#hosts.changed();
    this.try();
  }

  #isAskedFor(index: number): boolean {
    return [...(this.#asked?.values() ?? [])].some(({ bundles }) => bundles.has(index));
  }

  /** What a node holds for the group, beside what it is just asked for, in one shape. */
  #count(nodeId: string): void {
    let asked = this.#asked?.get(nodeId)?.shape;
    for (const shape of [...(this.#held.get(nodeId) ?? [])]) {
      if (shape === asked) asked = undefined;
      else this.#letGo(nodeId, shape);
    }
    const { bundles, nodeIds } = this.group;
    const there = bundles.filter((_, index) => nodeIds[index] === nodeId);
    if (there.length === 0) return;
    const shape = ResourceShape.of(sumOfBundles(there));
    this.#placer.take(nodeId, shape);
    this.#hold(nodeId, shape);
  }

  /** What a node has answered in that round. */
  answered(nodeId: string, round: number, isReserved: boolean): void {
    const asked = round === this.#round ? this.#asked?.get(nodeId) : undefined;
    if (asked === undefined) return;
    asked.isReserved = isReserved;
    this.#settleIfAllAnswered();
  }

  /** Bundles that were there are to be placed again. */
  nodeGone(nodeId: string): void {
    const { nodeIds } = this.group;
    this.#held.delete(nodeId);
    const lost = [...nodeIds.keys()].filter(index => nodeIds[index] === nodeId);
    this.group.lost(lost);
    if (lost.length > 0) {
      this.group.reason = `node ${nodeId}, which had ${lost.length} of its bundles, is gone`;
      this.#hosts.changed();
    }
    this.answered(nodeId, this.#round, false);
    this.try();
  }

  removed(): void {
    clearTimeout(this.#resting);
    clearTimeout(this.#patient);
    for (const nodeId of this.#asked?.keys() ?? []) this.#hosts.settle(nodeId, this.#round, false);
    this.#asked = null;
    for (const [nodeId, shapes] of this.#held) for (const shape of shapes) this.#placer.give(nodeId, shape);
    this.#held.clear();
  }

  #decide(candidates: readonly Candidate[], mayWait: boolean): void {
    const lacking = this.#lacking();
    const decision = this.#assign([...lacking.values()], candidates);
    if (decision.kind === 'assign') {
      this.#ask(lacking, decision.nodeIds);
      return;
    }
    const { group } = this;
    const before = group.reason;
    if (decision.kind === 'infeasible') {
      group.reason = decision.reason;
      if (!this.#wasWarned) {
        this.#wasWarned = true;
        this.#node.logs.warn(`${group} stays pending: ${decision.reason}. Ask for less, or start nodes that offer it`);
      }
    } else {
      group.reason = `it needs ${ResourceShape.of(sumOfBundles(lacking.values()))}, which other work holds at the moment`;
      if (mayWait) this.#waitPatiently();
    }
    if (group.reason !== before) this.#hosts.changed();
  }

  #lacking(): Map<number, ResourceMap> {
    const lacking = new Map<number, ResourceMap>();
    for (const [index, bundle] of this.group.bundles.entries()) {
      if (this.group.nodeIds[index] === undefined) lacking.set(index, bundle);
    }
    return lacking;
  }

  /** What is lacking goes beside the bundles that are placed, or apart from them, as the strategy has it. */
  #assign(bundles: readonly ResourceMap[], candidates: readonly Candidate[]): BundleDecision {
    const shapes = bundles.map(bundle => ResourceShape.of(bundle));
    const { strategy, nodeIds } = this.group;
    const used = new Set(nodeIds);
    const first = candidates.filter(({ nodeId }) => used.has(nodeId) === strategy.endsWith('PACK'));
    const isPartial = bundles.length < nodeIds.length;
    if (isPartial) {
      const preferred = assignBundles(shapes, strategy, first);
      if (preferred.kind === 'assign' || strategy.startsWith('STRICT')) return preferred;
    }
    return assignBundles(shapes, strategy, candidates);
  }

  #ask(lacking: Bundles, chosen: readonly string[]): void {
    const { group } = this;
    const byNode = new Map<string, Map<number, ResourceMap>>();
    for (const [position, [index, bundle]] of [...lacking].entries()) {
      const nodeId = chosen[position] as string;
      let bundles = byNode.get(nodeId);
      if (bundles === undefined) byNode.set(nodeId, (bundles = new Map()));
      bundles.set(index, bundle);
    }
    clearTimeout(this.#patient);
    this.#patient = undefined;
    group.reason = `${byNode.size} nodes are reserving it`;
    const round = ++this.#round;
    this.#asked = new Map();
    for (const [nodeId, bundles] of byNode) {
      const shape = ResourceShape.of(sumOfBundles(bundles.values()));
      this.#asked.set(nodeId, { bundles, shape, isReserved: undefined });
      this.#placer.take(nodeId, shape);
      this.#hold(nodeId, shape);
    }
    for (const [nodeId, bundles] of byNode) this.#hosts.reserve(nodeId, round, bundles);
  }

  #settleIfAllAnswered(): void {
    const asked = this.#asked;
    if (asked === null || [...asked.values()].some(({ isReserved }) => isReserved === undefined)) return;
    this.#asked = null;
    const isComplete = [...asked.values()].every(({ isReserved }) => isReserved === true);
    for (const [nodeId, { bundles, shape, isReserved }] of asked) {
      if (isReserved === true) this.#hosts.settle(nodeId, this.#round, isComplete);
      if (isComplete) this.group.reserved(bundles.keys(), nodeId);
      else this.#letGo(nodeId, shape);
    }
    if (isComplete) {
      this.#refusals = 0;
      this.#patience = PATIENCE_MS.first;
      this.#hosts.changed();
      return;
    }
    this.group.reason = 'a node that was to reserve bundles had no room in time; it tries again';
    const pause = Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** this.#refusals++);
    this.#resting = setTimeout(
      () => {
        this.#resting = undefined;
        this.try();
      },
      pause * (0.5 + this.#random()),
    ).unref();
  }

  #waitPatiently(): void {
    if (this.#patient !== undefined) return;
    const pause = this.#patience;
    this.#patience = Math.min(PATIENCE_MS.most, 2 * pause);
    this.#patient = setTimeout(() => {
      this.#patient = undefined;
      if (this.#asked !== null || this.group.isPlaced || this.group.isRemoved) return;
      const all = this.#placer.candidates();
      this.#decide(
        all.map(candidate => ({ ...candidate, available: candidate.total })),
        false,
      );
      if (this.#asked === null) this.#waitPatiently();
    }, pause).unref();
  }

  #hold(nodeId: string, shape: ResourceShape): void {
    const shapes = this.#held.get(nodeId);
    if (shapes === undefined) this.#held.set(nodeId, [shape]);
    else shapes.push(shape);
  }

  #letGo(nodeId: string, shape: ResourceShape): void {
    const shapes = this.#held.get(nodeId);
    const at = shapes?.indexOf(shape) ?? -1;
    if (at < 0) return;
    shapes?.splice(at, 1);
    this.#placer.give(nodeId, shape);
  }
}
