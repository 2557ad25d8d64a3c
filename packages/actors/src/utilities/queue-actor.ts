import { clearTimeout, setTimeout } from 'node:timers';
import { Deque, PendingCallsLimitError } from '@aktis/core';
import { exitActor } from '../actor-functions.ts';
import { remote } from '../remote.ts';
import { runtimeContext } from '../runtime-context.ts';
import type { QueueItem } from './queue-item.ts';
import { WaitingLine } from './waiting-line.ts';

/** An item for a getter. Ticket 0: it is the getter's. Another ticket: once the getter has redeemed it. */
export type Delivery = readonly [ticket: number, item: QueueItem];

/** The ticket of an item that needs none. */
export const NO_TICKET = 0;

/**
 * How long a getter that had to wait has for redeeming its ticket. One that is only slow asks again, so all this sets is
 * how long an item is out of reach when its getter has died.
 */
const REDEEM_MS = 500;

/** Waiting calls occupy places in the thread's mailbox, and the calls that end their waiting must still get in. */
const MOST_WAITING = 2000;

/**
 * What is behind a {@link Queue}: the items, the getters that wait for one, and the putters that wait for room.
 *
 * ```
 *   putters ──(room)──▶ items ──▶ getter
 *                         ▲          │ had waited: gets the item with a ticket
 *                         └──────────┘ ticket not redeemed in time: its caller is gone
 * ```
 * Getters wait only while there are no items, putters only while there is no room.
 */
export class QueueActor {
  readonly #maxSize: number;
  readonly #items = new Deque<QueueItem>();
  readonly #getters = new WaitingLine<null, Delivery | null>();
  readonly #putters = new WaitingLine<QueueItem, boolean>();
  readonly #unredeemed = new Map<number, NodeJS.Timeout>();
  #tickets = NO_TICKET;

  /** @param maxSize 0: no limit */
  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** False: no room came in time. `timeout` in milliseconds; null: no limit. */
  put(item: QueueItem, timeout: number | null): boolean | Promise<boolean> {
    if (this.#room > 0) {
      this.#add(item);
      return true;
    }
    if (timeout === 0) return false;
    this.#assertRoomToWait(this.#putters.length);
    return this.#putters.wait(item, timeout, runtimeContext().signal, false);
  }

  /** Null: no item came in time. */
  get(timeout: number | null): Delivery | null | Promise<Delivery | null> {
    const item = this.#take();
    if (item !== undefined) return [NO_TICKET, item];
    if (timeout === 0) return null;
    this.#assertRoomToWait(this.#getters.length);
    return this.#getters.wait(null, timeout, runtimeContext().signal, null);
  }

  /** Whether the item that came with the ticket still is the caller's: then it is now. */
  redeem(ticket: number): boolean {
    clearTimeout(this.#unredeemed.get(ticket));
    return this.#unredeemed.delete(ticket);
  }

  /** All or, for lack of room, none. */
  putAll(items: readonly QueueItem[]): boolean {
    if (items.length > this.#room) return false;
    for (const item of items) this.#add(item);
    return true;
  }

  /** As many as asked for or, if there are fewer, null. */
  getAll(count: number): QueueItem[] | null {
    if (count > this.#items.size) return null;
    return Array.from({ length: count }, () => this.#take() as QueueItem);
  }

  size(): number {
    return this.#items.size;
  }

  full(): boolean {
    return this.#room <= 0;
  }

  end(): never {
    return exitActor();
  }

  get #room(): number {
    return this.#maxSize === 0 ? Number.POSITIVE_INFINITY : this.#maxSize - this.#items.size;
  }

  #add(item: QueueItem): void {
    if (!this.#deliver(item)) this.#items.push(item);
  }

  #take(): QueueItem | undefined {
    const item = this.#items.shift();
    while (this.#room > 0) {
      const putter = this.#putters.next();
      if (putter === undefined) break;
      this.#items.push(putter.wanted);
      putter.serve(true);
    }
    return item;
  }

  /** Hands the item to the first getter that waits. */
  #deliver(item: QueueItem): boolean {
    const getter = this.#getters.next();
    if (getter === undefined) return false;
    const ticket = ++this.#tickets;
    const takeBack = () => {
      this.#unredeemed.delete(ticket);
      if (!this.#deliver(item)) this.#items.unshift(item);
    };
    this.#unredeemed.set(ticket, setTimeout(takeBack, REDEEM_MS));
    getter.serve([ticket, item]);
    return true;
  }

  #assertRoomToWait(waiting: number): void {
    if (waiting < MOST_WAITING) return;
    throw new PendingCallsLimitError(
      `${waiting} calls wait on this queue already, which is as many as it takes: let fewer tasks and actors wait for it`,
    );
  }
}

// Its options are laid over where a queue is made: checking them here would cost every program that imports Aktis. Named
// by no file: each node has it elsewhere, and every worker has it from the start.
remote(QueueActor, { module: 'aktis:queue-actor' });

/** It keeps books and never needs a CPU. All its methods may run at once: one that waits must not hold up the others. */
export const queueActorOptions = { numCpus: 0, maxConcurrency: MOST_WAITING * 2 } as const;
