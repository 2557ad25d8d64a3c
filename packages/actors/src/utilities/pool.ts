import { cancel, clusterResources, get, type ObjectRef, TaskCancelledError } from '@aktis/core';
import { CallGate } from './call-gate.ts';
import { knownOptions, wholeNumber } from './option-checks.ts';
import { type ChunkTask, chunkTask } from './pool-chunk.ts';
import { chunksOf, streamResults } from './pool-stream.ts';
import { PoolUsageError } from './pool-usage-error.ts';

export interface ChunkOptions {
  /** How many items one call takes. Larger chunks cost less, smaller ones spread better. */
  readonly chunkSize?: number;
}

/**
 * Runs a remote function over many items, a number of calls at a time, several items by one call: what Python's
 * `multiprocessing.Pool` is for. The calls are tasks: they have the options the function was declared with, and run on
 * all CPUs there are.
 *
 * The function takes each item as it is; a ref among them stays a ref. When an item fails, the rest of its chunk and
 * chunks that have not begun do not run.
 *
 * @example
 * const square = remote(function square(x: number) { return x * x; });
 * await using pool = new Pool(4);
 * await pool.map(square, [1, 2, 3]); // [1, 4, 9]
 */
export class Pool implements AsyncDisposable {
  readonly #size: number | undefined;
  readonly #running = new Set<ObjectRef>();
  readonly #jobs = new Set<Promise<unknown>>();
  #gate: Promise<CallGate> | undefined;
  #state: 'open' | 'closed' | 'terminated' = 'open';

  /** @param size how many calls run at a time; default: one for each CPU */
  constructor(size?: number) {
    this.#size = size === undefined ? undefined : wholeNumber('size', size, 1);
  }

  /** The results for all items, in their order. By default each place of the pool gets about four chunks. */
  async map<A, R>(fn: (item: A) => R, items: Iterable<A>, options?: ChunkOptions): Promise<Awaited<R>[]> {
    return this.#map(fn, false, items, options, 'Pool.map');
  }

  /** As {@link map} for functions of several arguments: each item is a list of them. */
  async starmap<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    items: Iterable<Readonly<A>>,
    options?: ChunkOptions,
  ): Promise<Awaited<R>[]> {
    return this.#map(fn, true, items, options, 'Pool.starmap');
  }

  /**
   * The results in order, each as soon as it and those before are there. Items are taken as they are needed, so that
   * they may be endless. Default `chunkSize`: 1.
   */
  imap<A, R>(
    fn: (item: A) => R,
    items: Iterable<A> | AsyncIterable<A>,
    options?: ChunkOptions,
  ): AsyncGenerator<Awaited<R>, void, undefined> {
    return this.#imap(fn, items, options, true);
  }

  /** As {@link imap}, with the results in the order in which they come. */
  imapUnordered<A, R>(
    fn: (item: A) => R,
    items: Iterable<A> | AsyncIterable<A>,
    options?: ChunkOptions,
  ): AsyncGenerator<Awaited<R>, void, undefined> {
    return this.#imap(fn, items, options, false);
  }

  /** The result of one call. */
  async apply<A extends readonly unknown[], R>(fn: (...args: A) => R, args: Readonly<A>): Promise<Awaited<R>> {
    const [result] = await this.#map(fn, true, [args], { chunkSize: 1 }, 'Pool.apply');
    return result as Awaited<R>;
  }

  /** Takes no further work. Resolves when what it has is done. */
  async close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closed';
    await Promise.allSettled([...this.#jobs]);
  }

  /** Takes no further work and cancels what it has, which rejects with `TaskCancelledError`; busy threads are replaced. */
  async terminate(): Promise<void> {
    this.#state = 'terminated';
    await Promise.all([...this.#running].map(ref => cancel(ref, { grace: 0 })));
    await Promise.allSettled([...this.#jobs]);
  }

  /** {@link terminate}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate();
  }

  async #map<R>(
    fn: unknown,
    spread: boolean,
    items: Iterable<unknown>,
    options: ChunkOptions | undefined,
    of: string,
  ): Promise<Awaited<R>[]> {
    this.#assertOpen();
    const all = Array.from(items);
    const { chunkSize } = chunkOptions(options, of);
    const size = chunkSize ?? Math.max(1, Math.ceil(all.length / ((await this.#places()) * 4)));
    const task = chunkTask(fn, spread, size);
    const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
    let hasFailed = false;
    const results = chunks.map(async chunk => {
      try {
        return await this.#run(task, chunk, () => hasFailed);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    });
    return (await this.#job(Promise.all(results))).flat() as Awaited<R>[];
  }

  async *#imap<R>(
    fn: unknown,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options: ChunkOptions | undefined,
    inOrder: boolean,
  ): AsyncGenerator<Awaited<R>, void, undefined> {
    this.#assertOpen();
    const { chunkSize = 1 } = chunkOptions(options, inOrder ? 'Pool.imap' : 'Pool.imapUnordered');
    const task = chunkTask(fn, false, chunkSize);
    const run = (chunk: readonly unknown[]) => this.#job(this.#run(task, chunk, () => false));
    const window = (await this.#places()) * 2;
    yield* streamResults(chunksOf(items, chunkSize), { run, window, inOrder }) as AsyncGenerator<Awaited<R>>;
  }

  /** One call, when there is a place for it. */
  async #run(task: ChunkTask, chunk: readonly unknown[], isObsolete: () => boolean): Promise<readonly unknown[]> {
    this.#gate ??= this.#places().then(places => new CallGate(places));
    const gate = await this.#gate;
    await gate.enter(undefined);
    try {
      if (this.#state === 'terminated') throw new TaskCancelledError('The pool was terminated before the call began');
      if (isObsolete()) return [];
      const ref = task(chunk);
      this.#running.add(ref);
      try {
        return await get(ref);
      } finally {
        this.#running.delete(ref);
      }
    } finally {
      gate.leave();
    }
  }

  async #places(): Promise<number> {
    return this.#size ?? Math.max(1, Math.floor((await clusterResources()).CPU ?? 1));
  }

  #job<T>(work: Promise<T>): Promise<T> {
    const job = work.finally(() => this.#jobs.delete(job));
    this.#jobs.add(job);
    return job;
  }

  #assertOpen(): void {
    if (this.#state === 'open') return;
    const past = this.#state === 'closed' ? 'closed' : 'terminated';
    throw new PoolUsageError(`The Pool was ${past} and takes no further work: make a new one`);
  }
}

function chunkOptions(options: ChunkOptions | undefined, of: string): ChunkOptions {
  const known = knownOptions(options, ['chunkSize'], of);
  if (known.chunkSize !== undefined) wholeNumber('chunkSize', known.chunkSize, 1);
  return known;
}
