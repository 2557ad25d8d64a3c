import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers';
import { UNIT } from './resources.ts';
import type { RuntimeEnvironment } from './runtime-environment.ts';
import { SpareThreads } from './spare-threads.ts';
import { systemTime, type Time } from './time.ts';
import type { WorkerThread } from './worker-thread.ts';

/**
 * How long a thread beyond the usual number stays around without work, also when another program needs one: programs that take
 * turns on a CPU come back sooner, even where a turn begins with the start of a thread on a busy machine.
 */
const IDLE_MS = 10_000;
/** Beyond the usual number, so many threads may wait for their program's turn. */
const WAITING = 32;

/**
 * The threads of a node. Task threads are as many as CPUs, and tasks whose CPUs add up to one share a thread; tasks that
 * need no CPU have threads of their own kind, so that they never wait behind a busy one. Threads start on demand, the
 * first ones ahead of it.
 */
export class WorkerPool {
  readonly threads = new Set<WorkerThread>();
  readonly #start: (environment: RuntimeEnvironment) => WorkerThread;
  readonly #size: number;
  readonly #time: Time;
  readonly #tasks = new Set<WorkerThread>();
  readonly #cpuless = new Set<WorkerThread>();
  /** Since when threads that had work have none. */
  readonly #idle = new Map<WorkerThread, number>();
  readonly #watched = new WeakSet<WorkerThread>();
  readonly #spares: SpareThreads;
  #isRefilling = false;

  /**
   * @param size how many task threads are usual: the node's CPUs
   * @param mayStartSpares asked before a thread is started that nobody needs yet
   */
  constructor(
    size: number,
    start: (environment: RuntimeEnvironment) => WorkerThread,
    mayStartSpares: () => boolean = () => true,
    time = systemTime,
  ) {
    this.#size = Math.max(1, Math.ceil(size));
    this.#start = start;
    this.#time = time;
    this.#spares = new SpareThreads({
      start: environment => this.#new(environment),
      mayStart: mayStartSpares,
      processors: availableParallelism(),
    });
  }

  /** Starts `count` threads before anyone asks. */
  warm(environment: RuntimeEnvironment, count: number): void {
    for (let i = 0; i < Math.min(count, this.#size); i++) this.#tasks.add(this.#new(environment));
  }

  /** A thread with room for a lane of `cpu` units. */
  forTasks(environment: RuntimeEnvironment, cpu: number): WorkerThread {
    const room = Math.min(cpu, UNIT);
    const threads = cpu === 0 ? this.#cpuless : this.#tasks;
    let best: WorkerThread | undefined;
    for (const thread of threads) {
      if (thread.condemned || thread.environment !== environment || thread.cpu + room > UNIT) continue;
      if (best === undefined || isBetter(thread, best)) best = thread;
    }
    if (best === undefined || (cpu === 0 && best.lanes > 0 && threads.size < this.#size)) {
      this.#makeRoom(environment, threads);
      best = this.#spares.take(environment) ?? this.#new(environment);
      threads.add(best);
      this.#refillSoon();
    }
    this.#idle.delete(best);
    return best;
  }

  /** A thread of its own for an actor: one that stands by unused, or a new one. From the first on, one stands by for the next. */
  forActor(environment: RuntimeEnvironment): WorkerThread {
    const thread = this.#unused(environment) ?? this.#spares.take(environment) ?? this.#new(environment);
    this.#spares.expect(environment);
    this.#refillSoon();
    return thread;
  }

  #unused(environment: RuntimeEnvironment): WorkerThread | undefined {
    for (const thread of this.#tasks) {
      if (thread.used || thread.condemned || thread.environment !== environment) continue;
      this.#tasks.delete(thread);
      return thread;
    }
    return undefined;
  }

  /** Memory is short: threads that nobody uses end. */
  giveBackSpares(): void {
    this.#spares.giveBack();
  }

  /** The thread has no lane any more. */
  onIdle(thread: WorkerThread): void {
    if (thread.lanes > 0 || thread.state === 'dead') return;
    const threads = this.#tasks.has(thread) ? this.#tasks : this.#cpuless;
    this.#idle.set(thread, this.#time.now());
    if (threads.size > this.#size && !this.#watched.has(thread)) this.#endWhenIdle(thread, threads, IDLE_MS);
  }

  forget(thread: WorkerThread): void {
    this.threads.delete(thread);
    this.#tasks.delete(thread);
    this.#cpuless.delete(thread);
    this.#idle.delete(thread);
    this.#spares.forget(thread);
  }

  /** Once the threads that are starting, which somebody waits for, have started. */
  #refillSoon(): void {
    if (this.#isRefilling) return;
    this.#isRefilling = true;
    setImmediate(() => {
      this.#isRefilling = false;
      for (const { state } of this.threads) if (state === 'starting') return;
      this.#spares.refill();
    }).unref();
  }

  #new(environment: RuntimeEnvironment): WorkerThread {
    const thread = this.#start(environment);
    thread.onReady = () => this.#refillSoon();
    this.threads.add(thread);
    return thread;
  }

  /** The thread of another environment that has been idle longest makes room for one of this. */
  #makeRoom(environment: RuntimeEnvironment, threads: Set<WorkerThread>): void {
    if (threads.size < this.#size) return;
    let longest: WorkerThread | undefined;
    for (const thread of threads) {
      if (thread.environment === environment || thread.lanes > 0) continue;
      if (longest === undefined || this.#idleFor(thread) > this.#idleFor(longest)) longest = thread;
    }
    if (longest === undefined) return;
    if (this.#idleFor(longest) >= IDLE_MS || threads.size >= this.#size + WAITING) this.#end(longest, threads);
  }

  /** A thread that has never had work is ready to go. */
  #idleFor(thread: WorkerThread): number {
    const since = this.#idle.get(thread);
    return since === undefined ? Number.POSITIVE_INFINITY : this.#time.now() - since;
  }

  #endWhenIdle(thread: WorkerThread, threads: Set<WorkerThread>, wait: number): void {
    this.#watched.add(thread);
    this.#time.after(wait, () => {
      this.#watched.delete(thread);
      if (thread.lanes > 0 || threads.size <= this.#size || !threads.has(thread)) return;
      const left = IDLE_MS - this.#idleFor(thread);
      if (left > 0) this.#endWhenIdle(thread, threads, left);
      else this.#end(thread, threads);
    });
  }

  #end(thread: WorkerThread, threads: Set<WorkerThread>): void {
    threads.delete(thread);
    thread.terminate('was idle');
  }
}

function isBetter(a: WorkerThread, b: WorkerThread): boolean {
  if (a.cpu !== b.cpu) return a.cpu < b.cpu;
  if (a.lanes !== b.lanes) return a.lanes < b.lanes;
  return a.state === 'ready' && b.state !== 'ready';
}
