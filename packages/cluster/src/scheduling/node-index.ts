import type { LabelRules, ResourceShape } from '@aktis/core';
import { type Amounts, add, type Demand, demandOf } from './amounts.ts';
import { BUSY, type Candidate, type Decision, placed, type SpreadCursor, type Work } from './candidate.ts';
import { infeasible } from './infeasible.ts';
import { nearestToArguments, placeOnNamed, selectionOf } from './placement-policy.ts';
import { ShapeIndex } from './shape-index.ts';

/** More kinds of work than these at once are rare; the index of the oldest kind is made anew when it comes again. */
const MAX_KINDS = 256;

/**
 * The nodes of a cluster, kept so that placing work costs the same with ten of them as with a thousand: for each kind of
 * work (its resources and labels) an index of the nodes that have room. It decides by the rules of `place`.
 *
 * A change of one node costs one step for each kind of work that was placed lately.
 */
export class NodeIndex {
  readonly #random: () => number;
  /** Nodes by slot; a slot is used again when its node is gone. */
  readonly #nodes: (IndexedNode | undefined)[] = [];
  readonly #slots = new Map<string, number>();
  readonly #freeSlots: number[] = [];
  readonly #kinds = new Map<string, ShapeIndex>();
  #localSlot = -1;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  get size(): number {
    return this.#slots.size;
  }

  get(nodeId: string): Candidate | undefined {
    return this.#nodes[this.#slots.get(nodeId) ?? -1];
  }

  /** A node is new, or anything about it has changed. */
  set(candidate: Candidate): void {
    let slot = this.#slots.get(candidate.nodeId);
    if (slot === undefined) {
      slot = this.#freeSlots.pop() ?? this.#nodes.length;
      this.#slots.set(candidate.nodeId, slot);
    }
    const node = new IndexedNode(candidate, this.#nodes[slot]?.taken ?? []);
    this.#nodes[slot] = node;
    if (candidate.isLocal) this.#localSlot = slot;
    for (const index of this.#kinds.values()) index.update(slot, node);
  }

  /** What a node said it has free: cheaper than `set`. */
  setAvailable(nodeId: string, available: Amounts): void {
    const slot = this.#slots.get(nodeId);
    const node = slot === undefined ? undefined : this.#nodes[slot];
    if (slot === undefined || node === undefined) return;
    node.told(available);
    this.#availableChanged(slot, node);
  }

  delete(nodeId: string): void {
    const slot = this.#slots.get(nodeId);
    if (slot === undefined) return;
    this.#slots.delete(nodeId);
    this.#nodes[slot] = undefined;
    this.#freeSlots.push(slot);
    if (slot === this.#localSlot) this.#localSlot = -1;
    for (const index of this.#kinds.values()) index.update(slot, undefined);
  }

  /** Work was sent there: the next decision must know, before the node's next heartbeat does. */
  take(nodeId: string, shape: ResourceShape): void {
    this.#take(nodeId, shape, 1);
  }

  /** Work that `take` counted has ended there. */
  give(nodeId: string, shape: ResourceShape): void {
    this.#take(nodeId, shape, -1);
  }

  /** Work that `take` counted came back without having started, with what the node has free. */
  takeBack(nodeId: string, shape: ResourceShape, said: Amounts): void {
    const slot = this.#slots.get(nodeId);
    const node = slot === undefined ? undefined : this.#nodes[slot];
    if (slot === undefined || node === undefined) return;
    add(demandOf(shape), node.taken, -1);
    node.told(said);
    this.#availableChanged(slot, node);
  }

  /** Where work goes. Takes nothing by itself. */
  place(work: Work, cursor: SpreadCursor = { next: 0 }): Decision {
    const demand = demandOf(work.shape);
    const { hard, soft } = selectionOf(work);
    const named = placeOnNamed(nodeId => this.get(nodeId), demand, hard, work);
    if (named !== undefined) return named;
    if (soft !== undefined) {
      const wished = this.#kind(work.shape, soft);
      if (wished.hasRoom) return this.#choose(wished, work);
    }
    const index = this.#kind(work.shape, hard);
    if (!index.hasRoom) return index.isFeasible ? BUSY : infeasible(demand, hard, this.#all());
    if (work.strategy !== 'SPREAD') return this.#choose(index, work);
    const slot = index.nextReady(cursor.next);
    cursor.next = slot + 1;
    return this.#placed(slot);
  }

  #choose(index: ShapeIndex, { argumentBytes }: Work): Decision {
    const nearest = nearestToArguments(argumentBytes, nodeId => index.level(this.#slots.get(nodeId) ?? -1) >= 0);
    if (nearest !== undefined) return placed(nearest);
    return this.#placed(index.level(this.#localSlot) === 0 ? this.#localSlot : index.choose(this.#random));
  }

  #placed(slot: number): Decision {
    return placed((this.#nodes[slot] as Candidate).nodeId);
  }

  #kind(shape: ResourceShape, rules: LabelRules): ShapeIndex {
    const key = rules.key === '' ? shape.key : `${shape.key} ${rules.key}`;
    let index = this.#kinds.get(key);
    if (index !== undefined) return index;
    for (const oldest of this.#kinds.keys()) {
      if (this.#kinds.size < MAX_KINDS) break;
      this.#kinds.delete(oldest);
    }
    index = new ShapeIndex(demandOf(shape), rules);
    for (const [slot, node] of this.#nodes.entries()) if (node !== undefined) index.update(slot, node);
    this.#kinds.set(key, index);
    return index;
  }

  #take(nodeId: string, shape: ResourceShape, sign: 1 | -1): void {
    const slot = this.#slots.get(nodeId);
    const node = slot === undefined ? undefined : this.#nodes[slot];
    if (slot === undefined || node === undefined) return;
    node.take(demandOf(shape), sign);
    this.#availableChanged(slot, node);
  }

  #availableChanged(slot: number, node: IndexedNode): void {
    for (const index of this.#kinds.values()) index.updateAvailable(slot, node);
  }

  #all(): Candidate[] {
    return this.#nodes.filter(node => node !== undefined);
  }
}

/** What is free on a node, as far as this one can know: what the node said, and what this one sent there since. */
class IndexedNode implements Candidate {
  readonly nodeId: string;
  readonly name: string;
  readonly total: Amounts;
  readonly available: Amounts;
  readonly labels: Candidate['labels'];
  readonly isSuspect: boolean;
  readonly isDraining: boolean;
  readonly isLocal: boolean;
  /** What this node's work there needs. */
  readonly taken: Amounts;

  constructor({ nodeId, name, total, available, labels, isSuspect, isDraining, isLocal }: Candidate, taken: Amounts) {
    this.nodeId = nodeId;
    this.name = name;
    this.total = total;
    this.labels = labels;
    this.isSuspect = isSuspect;
    this.isDraining = isDraining;
    this.isLocal = isLocal;
    this.taken = taken;
    this.available = [];
    this.told(available);
  }

  /** Of what is in use there, some is this node's own, and counted already. */
  told(available: Amounts): void {
    for (let i = 0; i < this.total.length; i++) {
      const own = this.taken[i] ?? 0;
      const used = (this.total[i] as number) - (available[i] ?? 0);
      this.available[i] = (this.total[i] as number) - Math.max(used, own);
    }
  }

  take(demand: Demand, sign: 1 | -1): void {
    add(demand, this.taken, sign);
    add(demand, this.available, sign === 1 ? -1 : 1);
  }
}
