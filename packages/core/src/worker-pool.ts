import { availableParallelism } from 'node:os';
import { setImmediate, setTimeout } from 'node:timers';
import { UNIT } from './resources.ts';
import type { RuntimeEnvironment } from './runtime-environment.ts';
import { SpareThreads } from './spare-threads.ts';
import type { WorkerThread } from './worker-thread.ts';

/** How long a thread beyond the usual number stays around without work. */
const IDLE_MS = 10_000;

/**
 * The threads of a node. Task threads are as many as CPUs, and tasks whose CPUs add up to one share a thread; tasks that
 * need no CPU have threads of their own kind, so that they never wait behind a busy one. Threads start on demand, the
 * first ones ahead of it.
 */
export class WorkerPool {
  readonly threads = new Set<WorkerThread>();
  readonly #start: (environment: RuntimeEnvironment) => WorkerThread;
  readonly #size: number;
  readonly #tasks = new Set<WorkerThread>();
  readonly #cpuless = new Set<WorkerThread>();
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
  ) {
    this.#size = Math.max(1, Math.ceil(size));
    this.#start = start;
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
    if (threads.size > this.#size) this.#endIfStillIdle(thread, threads);
  }

  forget(thread: WorkerThread): void {
    this.threads.delete(thread);
    this.#tasks.delete(thread);
    this.#cpuless.delete(thread);
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

  /** An idle thread of another environment makes room for one of this. */
  #makeRoom(environment: RuntimeEnvironment, threads: Set<WorkerThread>): void {
    if (threads.size < this.#size) return;
    for (const thread of threads) {
      if (thread.environment === environment || thread.lanes > 0) continue;
      threads.delete(thread);
      thread.terminate('was idle');
      return;
    }
  }

  #endIfStillIdle(thread: WorkerThread, threads: Set<WorkerThread>): void {
    setTimeout(() => {
      if (thread.lanes > 0 || threads.size <= this.#size || !threads.delete(thread)) return;
      thread.terminate('was idle');
    }, IDLE_MS).unref();
  }
}

function isBetter(a: WorkerThread, b: WorkerThread): boolean {
  if (a.cpu !== b.cpu) return a.cpu < b.cpu;
  if (a.lanes !== b.lanes) return a.lanes < b.lanes;
  return a.state === 'ready' && b.state !== 'ready';
}
