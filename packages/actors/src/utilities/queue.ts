import {
  ActorDiedError,
  type ActorHandle,
  type ActorOptions,
  GetTimeoutError,
  get,
  QueueEmptyError,
  QueueFullError,
} from '@aktis/core';
import { register, registeredClass } from '@aktis/transport';
import { kill } from '../actor-functions.ts';
import { CallGate } from './call-gate.ts';
import { knownOptions, milliseconds, wholeNumber } from './option-checks.ts';
import { NO_TICKET, QueueActor, queueActorOptions } from './queue-actor.ts';
import { packItem, type QueueItem, unpackItem, unpackItems } from './queue-item.ts';

export interface QueueOptions {
  /** How many items there is room for. Default 0: no limit. */
  readonly maxSize?: number;
  /** Options of the actor behind the queue, for instance a `name` with `getIfExists`, or `lifetime: 'detached'`. */
  readonly actorOptions?: Omit<ActorOptions, 'maxConcurrency' | 'concurrencyGroups'>;
}

export interface QueueWaitOptions {
  /** Milliseconds; 0: not at all. Default: no limit. */
  readonly timeout?: number;
}

export interface QueueShutdownOptions {
  /** End it at once. Default false: calls made before are answered first. */
  readonly force?: boolean;
  /** Milliseconds it has to end by itself. Default 5000. */
  readonly grace?: number;
}

/** Calls of one thread on one queue that may wait in the queue's mailbox; the others wait in the thread. */
const CALLS_THAT_WAIT = 64;

/** Not fields of the queue, because these travel with it. */
const gates = new WeakMap<object, { readonly putting: CallGate; readonly getting: CallGate }>();

/**
 * A first-in, first-out queue that drivers, tasks and actors share: pass it to them as an argument, and it is the same
 * queue there. No item is lost when a getter's time runs out, when it is cancelled or when it dies while it waits.
 *
 * The calls of one caller are served in their order. Items that are not small plain data are kept in the object store.
 *
 * @example
 * const queue = new Queue<string>({ maxSize: 100 });
 * const shout = remote(async function shout(from: Queue<string>) {
 *   return (await from.get({ timeout: 1000 })).toUpperCase();
 * });
 * const ref = shout.remote(queue);
 * await queue.put('hello');
 * await get(ref); // 'HELLO'
 */
export class Queue<T = unknown> {
  /** @internal Public so that it travels: the codec carries what it can see. */
  readonly actor: ActorHandle<QueueActor>;

  constructor(options?: QueueOptions) {
    const { maxSize = 0, actorOptions = {} } = knownOptions(options, ['maxSize', 'actorOptions'], 'Queue');
    this.actor = QueueActor.options({ ...queueActorOptions, ...actorOptions }).remote(
      wholeNumber('maxSize', maxSize, 0),
    );
  }

  /**
   * Adds `item` at the end, waiting for room if there is none.
   *
   * @throws QueueFullError when there was none in time.
   */
  async put(item: T, options?: QueueWaitOptions): Promise<void> {
    const timeout = timeoutOf(options, 'Queue.put');
    if (timeout === 0) return this.putNowait(item);
    const packed = packItem(item);
    const gate = gatesOf(this).putting;
    const deadline = deadlineIn(timeout);
    const turn = gate.enter(timeout);
    if (turn !== undefined && !(await turn)) throw full(timeout);
    try {
      if (!(await get(this.actor.put.remote(packed, remaining(deadline))))) throw full(timeout);
    } finally {
      gate.leave();
    }
  }

  /**
   * Takes the first item, waiting for one if there is none. Of several that wait, the first to come is the first served.
   *
   * @throws QueueEmptyError when none came in time.
   */
  async get(options?: QueueWaitOptions): Promise<T> {
    const timeout = timeoutOf(options, 'Queue.get');
    if (timeout === 0) return this.getNowait();
    const gate = gatesOf(this).getting;
    const deadline = deadlineIn(timeout);
    const turn = gate.enter(timeout);
    if (turn !== undefined && !(await turn)) throw empty(timeout);
    try {
      for (;;) {
        const delivery = await get(this.actor.get.remote(remaining(deadline)));
        if (delivery === null) throw empty(timeout);
        const [ticket, item] = delivery;
        if (ticket === NO_TICKET) return (await unpackItem(item)) as T;
        const [isMine, value] = await Promise.all([get(this.actor.redeem.remote(ticket)), unpackItem(item)]);
        if (isMine) return value as T;
        // This thread was busy for so long that it passed for dead: somebody else may have the item by now.
      }
    } finally {
      gate.leave();
    }
  }

  /**
   * `put` that does not wait.
   *
   * @throws QueueFullError
   */
  async putNowait(item: T): Promise<void> {
    if (!(await get(this.actor.put.remote(packItem(item), 0)))) throw full(0);
  }

  /**
   * `get` that does not wait.
   *
   * @throws QueueEmptyError
   */
  async getNowait(): Promise<T> {
    const delivery = await get(this.actor.get.remote(0));
    if (delivery === null) throw empty(0);
    return (await unpackItem(delivery[1])) as T;
  }

  /**
   * Adds all items, or none of them.
   *
   * @throws QueueFullError when there is no room for all.
   */
  async putNowaitBatch(items: Iterable<T>): Promise<void> {
    const packed = Array.from(items, packItem);
    if (await get(this.actor.putAll.remote(packed))) return;
    throw new QueueFullError(
      `The queue has no room for ${packed.length} more items: put fewer at a time, or one by one`,
    );
  }

  /**
   * Takes the first `count` items, or none of them.
   *
   * @throws QueueEmptyError when there are fewer.
   */
  async getNowaitBatch(count: number): Promise<T[]> {
    wholeNumber('count', count, 0);
    const items: QueueItem[] | null = await get(this.actor.getAll.remote(count));
    if (items !== null) return (await unpackItems(items)) as T[];
    throw new QueueEmptyError(`The queue has fewer than ${count} items: get fewer at a time, or one by one`);
  }

  /** How many items are in it. When others use the queue, this may be wrong already. */
  size(): Promise<number> {
    return get(this.actor.size.remote());
  }

  async empty(): Promise<boolean> {
    return (await this.size()) === 0;
  }

  full(): Promise<boolean> {
    return get(this.actor.full.remote());
  }

  /** Ends the queue with what is in it, for all who use it: waiting and later calls reject with `ActorDiedError`. */
  async shutdown(options?: QueueShutdownOptions): Promise<void> {
    const { force = false, grace = 5000 } = knownOptions(options, ['force', 'grace'], 'Queue.shutdown');
    milliseconds('grace', grace);
    if (!force) {
      try {
        await get(this.actor.end.remote(), { timeout: grace });
      } catch (error) {
        if (error instanceof ActorDiedError) return;
        if (!(error instanceof GetTimeoutError)) throw error;
      }
    }
    await kill(this.actor);
  }
}

// A second copy of the package in this program has registered its own: queues of this one then stay where they are.
if (registeredClass('aktis.Queue') === undefined) register(Queue, 'aktis.Queue');

function gatesOf(queue: object): { readonly putting: CallGate; readonly getting: CallGate } {
  let own = gates.get(queue);
  if (own === undefined) {
    own = { putting: new CallGate(CALLS_THAT_WAIT), getting: new CallGate(CALLS_THAT_WAIT) };
    gates.set(queue, own);
  }
  return own;
}

function timeoutOf(options: QueueWaitOptions | undefined, of: string): number | undefined {
  return options === undefined ? undefined : milliseconds('timeout', knownOptions(options, ['timeout'], of).timeout);
}

/** When the time will be up; null: never. */
function deadlineIn(timeout: number | undefined): number | null {
  return timeout === undefined ? null : performance.now() + timeout;
}

/** Milliseconds for the actor, which counts on: what passes on the way does not shorten the waiting. */
function remaining(deadline: number | null): number | null {
  return deadline === null ? null : Math.max(0, Math.ceil(deadline - performance.now()));
}

function full(timeout = 0): QueueFullError {
  return new QueueFullError(
    `The queue had no room${timeout > 0 ? ` within ${timeout} ms` : ''}: get items faster, wait longer, or raise maxSize`,
  );
}

function empty(timeout = 0): QueueEmptyError {
  return new QueueEmptyError(`The queue had no item${timeout > 0 ? ` within ${timeout} ms` : ''}`);
}
