export { ActorPool } from './actor-pool.ts';
export type { MetricFamily, MetricSample } from './metric-store.ts';
export * as metrics from './metrics.ts';
export { metricsSnapshot } from './metrics-plugin.ts';
export { type ChunkOptions, Pool } from './pool.ts';
export { PoolUsageError } from './pool-usage-error.ts';
export { Queue, type QueueOptions, type QueueShutdownOptions, type QueueWaitOptions } from './queue.ts';
