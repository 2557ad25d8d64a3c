import { type CallableOptions, type LabelSelector, type ResourceShape, UnschedulableError } from '@aktis/core';
import type { Member } from '../membership/index.ts';
import { Room } from './room.ts';

/** A node that may run what this one submits. */
export interface Candidate {
  readonly member: Member;
  readonly room: Room;
}

/** The other nodes that offer resources, and which of them work with given options may run on. */
export class Candidates {
  readonly #selfId: string;
  readonly #selfLabels: () => Readonly<Record<string, string>>;
  readonly #all = new Map<string, Candidate>();

  constructor(selfId: string, selfLabels: () => Readonly<Record<string, string>>) {
    this.#selfId = selfId;
    this.#selfLabels = selfLabels;
  }

  /** It joined, or said something new. */
  told(member: Member): void {
    const { nodeId } = member.record;
    if (nodeId === this.#selfId) return;
    let candidate = this.#all.get(nodeId);
    if (candidate === undefined) this.#all.set(nodeId, (candidate = { member, room: new Room() }));
    candidate.room.told(member.record.total, member.available);
  }

  gone(nodeId: string): void {
    this.#all.delete(nodeId);
  }

  get(nodeId: string): Candidate | undefined {
    return this.#all.get(nodeId);
  }

  /** Where work with these options may go now. */
  *for(options: CallableOptions, shape: ResourceShape): Generator<Candidate> {
    for (const candidate of this.#all.values()) {
      const { member, room } = candidate;
      if (member.isSuspect || member.record.state !== 'ALIVE' || !room.couldEverFit(shape)) continue;
      if (this.#allows(member.record.nodeId, member.record.labels, options)) yield candidate;
    }
  }

  /** Whether some other node has that much, be it busy or silent at the moment. */
  couldEverFit(options: CallableOptions, shape: ResourceShape): boolean {
    for (const { member, room } of this.#all.values()) {
      if (room.couldEverFit(shape) && this.#allows(member.record.nodeId, member.record.labels, options)) return true;
    }
    return false;
  }

  /** Whether this node may run it. */
  allowsHere(options: CallableOptions): boolean {
    return this.#allows(this.#selfId, this.#selfLabels(), options);
  }

  /** @throws UnschedulableError when the work names a node that is gone */
  assertNodeLives({ schedulingStrategy: strategy }: CallableOptions): void {
    if (typeof strategy !== 'object' || !('nodeId' in strategy) || strategy.soft === true) return;
    if (strategy.nodeId === this.#selfId || this.#all.has(strategy.nodeId)) return;
    throw new UnschedulableError(
      `schedulingStrategy asks for node ${strategy.nodeId}, which is no living member of the cluster; nodes() lists them. ` +
        'Add soft: true to let it run elsewhere',
    );
  }

  #allows(nodeId: string, labels: Readonly<Record<string, string>>, options: CallableOptions): boolean {
    const { schedulingStrategy: strategy, labelSelector } = options;
    if (labelSelector !== undefined && !matches(labels, labelSelector)) return false;
    if (typeof strategy !== 'object') return true;
    if ('nodeId' in strategy) {
      if (strategy.nodeId === nodeId) return true;
      return strategy.soft === true && strategy.nodeId !== this.#selfId && !this.#all.has(strategy.nodeId);
    }
    if ('labels' in strategy) return strategy.labels.hard === undefined || matches(labels, strategy.labels.hard);
    return true;
  }
}

function matches(labels: Readonly<Record<string, string>>, selector: LabelSelector): boolean {
  return Object.entries(selector).every(([name, wanted]) => {
    const values = [wanted].flat();
    const excluded = values.filter(value => value.startsWith('!'));
    if (excluded.some(value => value.slice(1) === labels[name])) return false;
    return excluded.length === values.length || values.includes(labels[name] ?? '');
  });
}
