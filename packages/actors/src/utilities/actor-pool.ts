import { ActorDiedError, Deque, GetTimeoutError, get, isObjectRef, type ObjectRef, TaskError } from '@aktis/core';
import { handleFacts } from '../handle.ts';
import { Arrivals } from './arrivals.ts';
import { knownOptions, milliseconds } from './option-checks.ts';
import { PoolUsageError } from './pool-usage-error.ts';
import { type Outcome, outcomeOf, unwrap, withinTime } from './within-time.ts';

/** What one value is turned into: a call on the actor that happens to be free. */
type Call<Handle, V, R> = (actor: Handle, value: V) => ObjectRef<R>;

export interface NextOptions {
  /** Milliseconds; 0: only what is there already. Default: no limit. */
  readonly timeout?: number;
}

/** A call that waits for a free actor. */
interface Submission<Handle> {
  readonly call: (actor: Handle) => unknown;
  readonly settle: (outcome: Outcome<unknown>) => void;
  /** Nobody wants it any more. */
  isDropped: boolean;
}

/** A result that `getNext` or `getNextUnordered` has not handed out. */
interface Uncollected {
  readonly index: number;
  readonly outcome: Promise<Outcome<unknown>>;
  /** A `getNext` waits for it. */
  isClaimed: boolean;
  /** It is among the arrivals, or was taken from there. */
  hasArrived: boolean;
}

/**
 * Spreads work over actors you made: each has one call at a time, and the next as soon as it is free.
 *
 * An actor whose call failed goes on to the next one. One that died leaves the pool; when the last has, what still waits
 * fails with its `ActorDiedError`.
 *
 * @example
 * const pool = new ActorPool([Doubler.remote(), Doubler.remote()]);
 * for await (const doubled of pool.map((actor, n: number) => actor.double.remote(n), [1, 2, 3])) {
 *   console.log(doubled); // 2, 4, 6
 * }
 */
export class ActorPool<Handle extends object> {
  readonly #members = new Set<number>();
  readonly #idle: Handle[] = [];
  readonly #waiting = new Deque<Submission<Handle>>();
  /** In the order in which they were submitted. */
  readonly #uncollected = new Map<number, Uncollected>();
  /** Results for whoever asks for any. */
  readonly #arrived = new Arrivals<Uncollected>();
  /** How many of the uncollected somebody waits for already. */
  #claimed = 0;
  #submitted = 0;
  /** `getNextUnordered` took a result beyond those below this one. */
  #passedOver = 0;

  constructor(actors: Iterable<Handle>) {
    for (const actor of actors) this.push(actor);
  }

  /**
   * The results of `fn(actor, value)` for each value, in the order of the values. The calls are made at once, not only
   * when the results are asked for; results of earlier `submit`s that nobody has taken are forgotten. Leaving the loop
   * early drops the calls that have not begun.
   */
  map<V, R>(fn: Call<Handle, V, R>, values: Iterable<V>): AsyncGenerator<R, void, undefined> {
    const outcomes: Promise<Outcome<unknown>>[] = [];
    const submissions = this.#submitAll(fn, values, outcome => outcomes.push(outcome));
    return this.#inOrder<R>(outcomes, submissions);
  }

  /** As {@link map}, with the results in the order in which they come. */
  mapUnordered<V, R>(fn: Call<Handle, V, R>, values: Iterable<V>): AsyncGenerator<R, void, undefined> {
    const arrivals = new Arrivals<Outcome<unknown>>();
    const submissions = this.#submitAll(fn, values, outcome => {
      void outcome.then(arrived => arrivals.add(arrived));
    });
    return this.#asTheyCome<R>(arrivals, submissions);
  }

  /** Has the next free actor make this call; take the result by `getNext` or `getNextUnordered`. */
  submit<V>(fn: Call<Handle, V, unknown>, value: V): void {
    const index = this.#submitted++;
    this.#submit(fn, value, outcome => {
      const uncollected: Uncollected = { index, outcome, isClaimed: false, hasArrived: false };
      this.#uncollected.set(index, uncollected);
      this.#announce(uncollected);
    });
  }

  /**
   * The result of the earliest `submit` that has not been taken; rejects as its call did.
   *
   * @throws GetTimeoutError when it is not there in time; it can be asked for again.
   * @throws PoolUsageError when nothing was submitted, or a later result has been taken by `getNextUnordered`.
   */
  async getNext<R = unknown>(options?: NextOptions): Promise<R> {
    const timeout = timeoutOf(options, 'getNext');
    this.#assertHasNext('getNext');
    const next = this.#firstUnclaimed();
    if (next.index < this.#passedOver) {
      throw new PoolUsageError(
        'getNext() was called after getNextUnordered() had taken a later result: take the rest by getNextUnordered(), too',
      );
    }
    next.isClaimed = true;
    this.#claimed++;
    this.#arrived.remove(next);
    next.hasArrived = false;
    const outcome = await withinTime(next.outcome, timeout);
    this.#claimed--;
    if (outcome === undefined) {
      next.isClaimed = false;
      this.#announce(next);
      throw late(timeout);
    }
    this.#uncollected.delete(next.index);
    return unwrap(outcome) as R;
  }

  /**
   * The next result that is there, of whichever `submit`.
   *
   * @throws GetTimeoutError when none is there in time.
   * @throws PoolUsageError when nothing was submitted.
   */
  async getNextUnordered<R = unknown>(options?: NextOptions): Promise<R> {
    const timeout = timeoutOf(options, 'getNextUnordered');
    this.#assertHasNext('getNextUnordered');
    this.#claimed++;
    const taken = await this.#arrived.next(timeout);
    this.#claimed--;
    if (taken === undefined) throw late(timeout);
    this.#uncollected.delete(taken.index);
    this.#passedOver = Math.max(this.#passedOver, taken.index);
    return unwrap(await taken.outcome) as R;
  }

  /** Whether there are results to take, ready or not. */
  hasNext(): boolean {
    return this.#uncollected.size > this.#claimed;
  }

  /** Whether an actor is free and nothing waits for it. */
  hasFree(): boolean {
    return this.#idle.length > 0;
  }

  /** Takes a free actor out of the pool; undefined if there is none. */
  popIdle(): Handle | undefined {
    const actor = this.#idle.pop();
    if (actor !== undefined) this.#members.delete(idOf(actor));
    return actor;
  }

  /**
   * Adds an actor.
   *
   * @throws PoolUsageError when it is in the pool already.
   */
  push(actor: Handle): void {
    const id = idOf(actor);
    if (this.#members.has(id)) throw new PoolUsageError('The actor belongs to this ActorPool already');
    this.#members.add(id);
    this.#takeNext(actor);
  }

  #submitAll<V>(
    fn: Call<Handle, V, unknown>,
    values: Iterable<V>,
    submitted: (outcome: Promise<Outcome<unknown>>) => void,
  ): Submission<Handle>[] {
    if (this.#members.size === 0) throw new PoolUsageError('The ActorPool has no actors: push() some first');
    this.#forgetResults();
    return Array.from(values, value => this.#submit(fn, value, submitted));
  }

  #submit<V>(
    fn: Call<Handle, V, unknown>,
    value: V,
    submitted: (outcome: Promise<Outcome<unknown>>) => void,
  ): Submission<Handle> {
    let settle: (outcome: Outcome<unknown>) => void = () => {};
    const outcome = new Promise<Outcome<unknown>>(resolve => {
      settle = resolve;
    });
    const submission = { call: (actor: Handle) => fn(actor, value), settle, isDropped: false };
    submitted(outcome);
    const actor = this.#idle.shift();
    if (actor === undefined) this.#waiting.push(submission);
    else void this.#run(actor, submission);
    return submission;
  }

  async #run(actor: Handle, { call, settle }: Submission<Handle>): Promise<void> {
    const outcome = await outcomeOf(async () => get(refOf(call(actor))));
    if ('error' in outcome && isDeathOfActor(outcome.error)) this.#lose(actor, outcome);
    else this.#takeNext(actor);
    settle(outcome);
  }

  #takeNext(actor: Handle): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (next.isDropped) continue;
      void this.#run(actor, next);
      return;
    }
    this.#idle.push(actor);
  }

  #lose(actor: Handle, death: Outcome<unknown>): void {
    this.#members.delete(idOf(actor));
    if (this.#members.size > 0) return;
    for (const submission of this.#waiting.drain()) submission.settle({ ...death });
  }

  /** Offers the result, once it is there, to whoever asks for any; unless a `getNext` waits for this one. */
  #announce(uncollected: Uncollected): void {
    void uncollected.outcome.then(() => {
      if (uncollected.isClaimed || uncollected.hasArrived || !this.#uncollected.has(uncollected.index)) return;
      uncollected.hasArrived = true;
      this.#arrived.add(uncollected);
    });
  }

  #forgetResults(): void {
    // Those that somebody waits for are not forgotten: which these are shows only when they come.
    if (this.#claimed > 0) return;
    this.#uncollected.clear();
    this.#arrived.clear();
  }

  async *#inOrder<R>(
    outcomes: readonly Promise<Outcome<unknown>>[],
    submissions: Submission<Handle>[],
  ): AsyncGenerator<R, void, undefined> {
    try {
      for (const outcome of outcomes) yield unwrap(await outcome) as R;
    } finally {
      drop(submissions);
    }
  }

  async *#asTheyCome<R>(
    arrivals: Arrivals<Outcome<unknown>>,
    submissions: Submission<Handle>[],
  ): AsyncGenerator<R, void, undefined> {
    try {
      for (let left = submissions.length; left > 0; left--) {
        yield unwrap((await arrivals.next()) as Outcome<unknown>) as R;
      }
    } finally {
      drop(submissions);
    }
  }

  #firstUnclaimed(): Uncollected {
    for (const next of this.#uncollected.values()) if (!next.isClaimed) return next;
    throw new PoolUsageError('Other calls of getNext() wait for all the results there are');
  }

  #assertHasNext(caller: string): void {
    if (!this.hasNext()) throw new PoolUsageError(`${caller}() was called with no more results to get: submit() first`);
    if (this.#members.size > 0 || this.#waiting.size === 0) return;
    throw new PoolUsageError('The ActorPool has no actors left for what was submitted: push() some first');
  }
}

function drop(submissions: { isDropped: boolean }[]): void {
  for (const submission of submissions) submission.isDropped = true;
}

function idOf(actor: object): number {
  return handleFacts(actor, 'ActorPool').target.id;
}

function refOf(value: unknown): ObjectRef {
  // The refs of a call with several returns are a list that `get` takes as well.
  if (isObjectRef(value) || (Array.isArray(value) && value.every(isObjectRef))) return value as ObjectRef;
  throw new TypeError(
    'The function given to ActorPool must return the ref of a call: (actor, value) => actor.method.remote(value)',
  );
}

/** The actor itself is gone, in distinction to a method that failed because another actor is. */
function isDeathOfActor(error: unknown): boolean {
  return error instanceof ActorDiedError && !(error instanceof TaskError);
}

function timeoutOf(options: NextOptions | undefined, of: string): number | undefined {
  return milliseconds('timeout', knownOptions(options, ['timeout'], of).timeout);
}

function late(timeout: number | undefined): GetTimeoutError {
  return new GetTimeoutError(`No result came within ${timeout} ms; it can be asked for again`);
}
