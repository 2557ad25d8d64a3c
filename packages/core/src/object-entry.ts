import type { Payload } from '@aktis/transport';
import type { Demand } from './demand.ts';
import type { Failure } from './failure.ts';
import { publicId } from './ids.ts';

/** Anything a runtime can hold by a handle: an object, or an actor. */
export interface Holdable {
  readonly id: number;
  /** The id users see, where it is not made of this node's and `id`: another node's object. */
  readonly publicId?: string | undefined;
}

/** Where the value of an object lies that is not in this node's memory. */
export interface Source {
  /** About how many bytes it has. */
  readonly bytes: number;
  /**
   * Gives the entry its payload (and what that refers to). Rejects with `ObjectLostError` when it cannot be had any more, and
   * with anything when the demand was dropped.
   */
  fetch(entry: ObjectEntry, demand: Demand): Promise<Payload>;
}

/** Told once when an object it waits for has its value or has failed. */
export interface Waiter {
  settled(entry: ObjectEntry): void;
}

/** What will make the object, for `cancel`, `explain` and deadlock detection. */
export interface Producer {
  readonly name: string;
  /** Why it is not there yet, in words. */
  explain?(): string;
}

/**
 * The owner's record of one object. The hub keeps no table of these: whoever needs the object (a ref of the driver, a
 * waiting task, a payload that contains a ref, a worker that holds one) points to its entry, and when nobody does,
 * ordinary garbage collection frees the value.
 *
 * ```
 *   Pending ──▶ Ready ◀──▶ Away (its payload lies on disk, or on another node)
 *     │ └─────────────────▶ ↑
 *     └───────▶ Failed
 * ```
 */
export class ObjectEntry<P extends Producer = Producer> implements Holdable {
  readonly id: number;
  state: 'pending' | 'ready' | 'away' | 'failed' = 'pending';
  /** Whose it is, if it is another node's, and what that calls it. */
  owner: string | undefined = undefined;
  ownerId = 0;
  /** While away, unless it was spilled: who has it. */
  source: Source | null = null;
  payload: Payload | undefined = undefined;
  /** What the payload refers to; keeps it alive as long as this value. */
  contains: readonly Holdable[] | null = null;
  failure: Failure | undefined = undefined;
  /** While pending. */
  producer: P | undefined;
  /** Somebody has asked for it, perhaps in vain: its failure is no news. */
  wasAwaited = false;
  #waiters: Waiter | Waiter[] | undefined = undefined;

  constructor(id: number, producer?: P) {
    this.id = id;
    this.producer = producer;
  }

  /** Made when it is asked for: few of those that pass through a node ever are. */
  get publicId(): string | undefined {
    return this.owner === undefined ? undefined : publicId(this.owner, this.ownerId);
  }

  get isSettled(): boolean {
    return this.state !== 'pending';
  }

  resolve(payload: Payload, contains: readonly Holdable[] | null = null): void {
    if (this.state !== 'pending') return;
    this.state = 'ready';
    this.payload = payload;
    this.contains = contains;
    this.#settle();
  }

  /** It exists, but not in this node's memory. */
  resolveAway(source: Source): void {
    if (this.state !== 'pending') return;
    this.state = 'away';
    this.source = source;
    this.#settle();
  }

  /** Its value is lost and will be made again, by `producer`. */
  reopen(producer: P | undefined): void {
    this.state = 'pending';
    this.payload = undefined;
    this.contains = null;
    this.source = null;
    this.producer = producer;
  }

  fail(failure: Failure): void {
    if (this.state !== 'pending') return;
    this.state = 'failed';
    this.failure = failure;
    this.#settle();
  }

  /** Calls `waiter.settled` once the object is; at once if it is already. */
  wait(waiter: Waiter): void {
    this.wasAwaited = true;
    if (this.state !== 'pending') waiter.settled(this);
    else if (this.#waiters === undefined) this.#waiters = waiter;
    else if (Array.isArray(this.#waiters)) this.#waiters.push(waiter);
    else this.#waiters = [this.#waiters, waiter];
  }

  unwait(waiter: Waiter): void {
    if (this.#waiters === waiter) this.#waiters = undefined;
    else if (Array.isArray(this.#waiters)) {
      const at = this.#waiters.indexOf(waiter);
      if (at >= 0) this.#waiters.splice(at, 1);
    }
  }

  /** Whether anyone waits for it now. */
  get isAwaited(): boolean {
    return Array.isArray(this.#waiters) ? this.#waiters.length > 0 : this.#waiters !== undefined;
  }

  #settle(): void {
    this.producer = undefined;
    const waiters = this.#waiters;
    this.#waiters = undefined;
    if (waiters === undefined) return;
    if (Array.isArray(waiters)) for (const waiter of waiters) waiter.settled(this);
    else waiters.settled(this);
  }
}
