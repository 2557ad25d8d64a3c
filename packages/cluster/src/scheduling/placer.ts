import {
  type CallableOptions,
  type ResourceMap,
  type ResourcePool,
  type ResourceShape,
  UnschedulableError,
} from '@aktis/core';
import { labelRules, matches } from '@aktis/core/hub';
import type { Member } from '../membership/index.ts';
import { amountsOf } from './amounts.ts';
import type { Candidate, Decision, SpreadCursor, Work } from './candidate.ts';
import { NodeIndex } from './node-index.ts';
import type { Places } from './places.ts';

/** The node that decides. */
export interface LocalNode {
  readonly id: string;
  readonly pool: ResourcePool;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Where work of this node goes in the cluster, as far as one node can know: what the others said last, and what this one
 * has sent them since. A driver without CPUs gets no work, also not its own, unless that names it.
 */
export class Placer implements Places {
  readonly sharesNodes = true;
  readonly #local: LocalNode;
  readonly #labels: Candidate['labels'];
  /** By what is free now. */
  readonly #now: NodeIndex;
  /** By what is free when everybody else's work has ended. Without this node, whose work waits in its own queues. */
  readonly #mine: NodeIndex;
  /** By what there is. */
  readonly #ever: NodeIndex;
  readonly #known = new Map<string, Pick<Member, 'record' | 'isSuspect'>>();
  #localIsStale = false;

  constructor(local: LocalNode, random: () => number = Math.random) {
    this.#local = local;
    this.#labels = local.labels;
    this.#now = new NodeIndex(random);
    this.#mine = new NodeIndex(random);
    this.#ever = new NodeIndex(random);
  }

  /** A node joined, or said something new. */
  told({ record, available, isSuspect }: Member): void {
    const { nodeId, name, labels, state } = record;
    if (record.kind === 'driver' && !((record.total.CPU ?? 0) > 0)) return;
    const known = this.#known.get(nodeId);
    if (known?.record === record && known.isSuspect === isSuspect) {
      this.#now.setAvailable(nodeId, amountsOf(available));
      return;
    }
    this.#known.set(nodeId, { record, isSuspect });
    const isLocal = nodeId === this.#local.id;
    const total = amountsOf(record.total);
    const candidate = { nodeId, name, total, labels, isSuspect, isDraining: state !== 'ALIVE', isLocal };
    this.#now.set({ ...candidate, available: amountsOf(available) });
    if (isLocal) return;
    this.#mine.set({ ...candidate, available: total });
    this.#ever.set({ ...candidate, available: total });
  }

  gone(nodeId: string): void {
    this.#known.delete(nodeId);
    for (const index of [this.#now, this.#mine, this.#ever]) index.delete(nodeId);
  }

  /** What this node has free has changed. */
  localChanged(): void {
    this.#localIsStale = true;
  }

  take(nodeId: string, shape: ResourceShape): void {
    this.#now.take(nodeId, shape);
    this.#mine.take(nodeId, shape);
  }

  give(nodeId: string, shape: ResourceShape): void {
    this.#now.give(nodeId, shape);
    this.#mine.give(nodeId, shape);
  }

  takeBack(nodeId: string, shape: ResourceShape, said: ResourceMap): void {
    this.#now.takeBack(nodeId, shape, amountsOf(said));
    this.#mine.give(nodeId, shape);
  }

  workOf({ schedulingStrategy: strategy, labelSelector }: CallableOptions, shape: ResourceShape): Work {
    const named = typeof strategy === 'object' && 'placementGroup' in strategy ? undefined : strategy;
    if (named === undefined && labelSelector === undefined) return { shape };
    return { shape, ...(named && { strategy: named }), ...(labelSelector && { labelSelector }) };
  }

  now(work: Work, cursor?: SpreadCursor): Decision {
    this.#refresh();
    return this.#now.place(work, cursor);
  }

  later(work: Work, cursor?: SpreadCursor): Decision {
    return this.#mine.place(work, cursor);
  }

  ever(work: Work, cursor?: SpreadCursor): Decision {
    return this.#ever.place(work, cursor);
  }

  /** Every living node that may get work, this one too. */
  candidates(): Candidate[] {
    this.#refresh();
    return [...this.#known.keys()].map(nodeId => this.#now.get(nodeId) as Candidate);
  }

  /** A node that stays when drivers end. */
  lasting(): string | undefined {
    const nodes = [...this.#known.values()].filter(
      ({ record: { kind, state } }) => kind === 'node' && state === 'ALIVE',
    );
    return (nodes.find(({ record }) => record.isHead) ?? nodes[0])?.record.nodeId;
  }

  /** Whether it is suspect, or not known: to be sent nothing for now. */
  isSuspect(nodeId: string): boolean {
    return this.#known.get(nodeId)?.isSuspect ?? true;
  }

  accepts(nodeId: string): boolean {
    const node = this.#now.get(nodeId);
    return node !== undefined && !node.isDraining && !node.isSuspect;
  }

  /** Whether work with these options may ever run on this node. */
  allowsHere({ schedulingStrategy: strategy, labelSelector }: CallableOptions): boolean {
    if (!matches(labelRules(labelSelector), this.#labels)) return false;
    if (typeof strategy === 'object' && 'nodeId' in strategy) {
      return strategy.nodeId === this.#local.id || (strategy.soft === true && this.#offersWork);
    }
    if (typeof strategy === 'object' && 'labels' in strategy) {
      return this.#offersWork && matches(labelRules(strategy.labels.hard), this.#labels);
    }
    return this.#offersWork;
  }

  /** Not when another node is named, or this one gets nothing new. */
  mayWaitHere({ schedulingStrategy: strategy }: CallableOptions): boolean {
    if (typeof strategy === 'object' && 'nodeId' in strategy && strategy.nodeId !== this.#local.id) {
      return !this.#known.has(strategy.nodeId);
    }
    return this.#now.get(this.#local.id)?.isDraining !== true;
  }

  explain(options: CallableOptions, shape: ResourceShape): string {
    const wanted = `it needs ${shape}${selection(options)}`;
    const decision = this.now(this.workOf(options, shape));
    if (decision.kind === 'infeasible') return `${wanted}, and no node of the cluster has that: ${decision.reason}`;
    return `${wanted}, which other work holds at the moment on every node that has so much`;
  }

  /** Why work with these options runs nowhere, if that is because the node it names is gone. */
  namesGone({ schedulingStrategy: strategy }: CallableOptions): UnschedulableError | undefined {
    if (typeof strategy !== 'object' || !('nodeId' in strategy) || strategy.soft === true) return undefined;
    if (strategy.nodeId === this.#local.id || this.#known.has(strategy.nodeId)) return undefined;
    return new UnschedulableError(
      `schedulingStrategy asks for node ${strategy.nodeId}, which is no living member of the cluster; nodes() lists them. ` +
        'Add soft: true to let it run elsewhere',
    );
  }

  #refresh(): void {
    if (!this.#localIsStale) return;
    this.#localIsStale = false;
    this.#now.setAvailable(this.#local.id, amountsOf(this.#local.pool.available));
  }

  /** Whether this node runs what may run anywhere. */
  get #offersWork(): boolean {
    return this.#now.get(this.#local.id) !== undefined || (this.#local.pool.total.CPU ?? 0) > 0;
  }
}

function selection({ schedulingStrategy, labelSelector }: CallableOptions): string {
  const wanted = { ...(schedulingStrategy && { schedulingStrategy }), ...(labelSelector && { labelSelector }) };
  return Object.keys(wanted).length === 0 ? '' : ` with ${JSON.stringify(wanted)}`;
}
