import type { ResourceMap } from '@aktis/core';
import type { NodeRecord } from '../records.ts';
import { decodeLoad, type Load, loadTextOf, sequenceOf } from './heartbeat.ts';

/** A living node as seen from here. */
export interface Member {
  readonly record: NodeRecord;
  /** Empty until it was heard for the first time. */
  readonly available: ResourceMap;
  /** Tasks and actors that wait for resources there. */
  readonly waiting: number;
  /** Should get no new work: nothing was heard of it yet or for some seconds, or its link closed unexpectedly. */
  readonly isSuspect: boolean;
}

/** The node itself: its load is what it is now. */
export class Self implements Member {
  record: NodeRecord;
  readonly isSuspect = false;
  readonly #load: () => Load;

  constructor(record: NodeRecord, load: () => Load) {
    this.record = record;
    this.#load = load;
  }

  get available(): ResourceMap {
    return this.#load().available;
  }

  get waiting(): number {
    return this.#load().waiting;
  }
}

const NOTHING: Load = { available: {}, waiting: 0 };

/** Another node: what it last said, and when it was last heard by this node's own clock. */
export class RemoteMember implements Member {
  record: NodeRecord;
  readonly knownSince: number;
  /** -Infinity: never, since this node joined. */
  heardAt = Number.NEGATIVE_INFINITY;
  isSuspect = true;
  /** Why the link to it closed, while that has not been explained. */
  linkLost: { readonly reason: string; readonly at: number } | undefined;
  isUnderEnquiry = false;
  #sequence = -1;
  #loadText = '';
  #load = NOTHING;

  constructor(record: NodeRecord, now: number) {
    this.record = record;
    this.knownSince = now;
  }

  get available(): ResourceMap {
    return this.#load.available;
  }

  get waiting(): number {
    return this.#load.waiting;
  }

  get wasHeard(): boolean {
    return this.heardAt !== Number.NEGATIVE_INFINITY;
  }

  /** Takes a heartbeat, or the answer to a probe, into account. One that was overtaken says nothing. */
  hear(message: string, now: number): 'stale' | 'same load' | 'new load' {
    const sequence = sequenceOf(message);
    if (!(sequence > this.#sequence)) return 'stale';
    this.#sequence = sequence;
    this.heardAt = now;
    const text = loadTextOf(message);
    if (text === this.#loadText) return 'same load';
    this.#load = decodeLoad(text);
    this.#loadText = text;
    return 'new load';
  }
}
