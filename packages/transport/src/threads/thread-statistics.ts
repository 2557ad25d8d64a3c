import type { EventLoopUtilization } from 'node:perf_hooks';
import type { Worker } from 'node:worker_threads';

/** What is known about a running thread; what this version of Node cannot tell is absent. */
export interface ThreadStatistics {
  /** Since the thread started; two readings give the utilization between them. */
  readonly eventLoop: EventLoopUtilization;
  readonly heapUsedBytes?: number;
  readonly heapLimitBytes?: number;
  /** Microseconds of CPU. */
  readonly cpu?: { readonly user: number; readonly system: number };
}

/** Methods of newer versions: heap statistics since 22.16, CPU usage since 24.6. */
interface NewerWorker {
  getHeapStatistics?(): Promise<{ used_heap_size: number; heap_size_limit: number }>;
  cpuUsage?(): Promise<{ user: number; system: number }>;
}

export async function readStatistics(worker: Worker): Promise<ThreadStatistics> {
  const newer = worker as NewerWorker;
  const eventLoop = worker.performance.eventLoopUtilization();
  // Both reject when the thread ends meanwhile: then there is nothing to tell.
  const [heap, cpu] = await Promise.all([
    newer.getHeapStatistics?.().catch(() => undefined),
    newer.cpuUsage?.().catch(() => undefined),
  ]);
  return {
    eventLoop,
    ...(heap && { heapUsedBytes: heap.used_heap_size, heapLimitBytes: heap.heap_size_limit }),
    ...(cpu && { cpu }),
  };
}
