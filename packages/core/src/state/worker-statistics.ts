import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import type { WorkerThread } from '../worker-thread.ts';

/** How long a worker has to tell about itself before it counts as busy. */
const ANSWER_MS = 50;
/** What is younger than this is not asked again. */
const FRESH_MS = 500;

/** How a worker was when somebody last looked. */
export interface WorkerReading {
  readonly at: number;
  readonly heapUsedBytes: number | undefined;
  readonly heapLimitBytes: number | undefined;
  readonly eventLoopUtilization: number | undefined;
  readonly isResponsive: boolean;
}

type Utilization = ReturnType<typeof performance.eventLoopUtilization>;

/** Asks workers how they are, only when somebody wants to know. */
export class WorkerStatistics {
  readonly #readings = new WeakMap<WorkerThread, WorkerReading>();
  readonly #loops = new WeakMap<WorkerThread, Utilization>();

  of(thread: WorkerThread): WorkerReading | undefined {
    return this.#readings.get(thread);
  }

  /** Waits a bounded time: those that do not answer keep what is known of them. */
  async refresh(threads: Iterable<WorkerThread>): Promise<void> {
    const now = performance.now();
    const stale = [...threads].filter(thread => {
      const reading = this.#readings.get(thread);
      return thread.state === 'ready' && (reading === undefined || now - reading.at > FRESH_MS);
    });
    await Promise.all(stale.map(thread => this.#read(thread)));
  }

  async #read(thread: WorkerThread): Promise<void> {
    const { host } = thread;
    if (host === null) {
      this.#store(thread, getHeapStatistics(), performance.eventLoopUtilization(), true);
      return;
    }
    const asked = host.control.heap().catch(() => undefined);
    const [heap, statistics] = await Promise.all([
      Promise.race([asked, setTimeout(ANSWER_MS, undefined, { ref: false })]),
      host.statistics(),
    ]);
    this.#store(thread, heap, statistics.eventLoop, heap !== undefined);
  }

  #store(
    thread: WorkerThread,
    heap: { used_heap_size: number; heap_size_limit: number } | undefined,
    loop: Utilization,
    isResponsive: boolean,
  ): void {
    const last = this.#readings.get(thread);
    const lastLoop = this.#loops.get(thread);
    this.#loops.set(thread, loop);
    this.#readings.set(thread, {
      at: performance.now(),
      heapUsedBytes: heap?.used_heap_size ?? last?.heapUsedBytes,
      heapLimitBytes: heap?.heap_size_limit ?? last?.heapLimitBytes,
      eventLoopUtilization: lastLoop === undefined ? loop.utilization : difference(loop, lastLoop),
      isResponsive,
    });
  }
}

function difference(now: Utilization, then: Utilization): number {
  const active = now.active - then.active;
  const all = active + now.idle - then.idle;
  return all > 0 ? active / all : 0;
}
