import type { TaskCounts } from './state.ts';

// What is measured all the time, for charts and for Prometheus.

/** What is measured once a second, for charts. */
export interface NodeSample extends TaskCounts {
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  readonly machineMemoryFreeBytes: number;
  readonly heapUsedBytes: number;
  readonly eventLoopUtilization: number;
  readonly eventLoopDelay: number;
  readonly objectStoreBytes: number;
  readonly spilledBytes: number;
  readonly objects: number;
  readonly workers: number;
  readonly actors: number;
  readonly finishedPerSecond: number;
  readonly failedPerSecond: number;
  /** Of the node's resources, what is not taken. */
  readonly cpusAvailable: number;
}

export interface SeriesQuery {
  /** ISO text, date or milliseconds; default: all there is, one hour. */
  readonly since?: string | number | Date;
  /** At most so many points; neighbours are averaged. Default: one per second. */
  readonly points?: number;
}

/** One node's samples over time: columns of equal length. */
export interface NodeSeries {
  readonly nodeId: string;
  /** Milliseconds since the epoch. */
  readonly at: readonly number[];
  readonly values: Readonly<Record<keyof NodeSample, readonly number[]>>;
}

/** One metric with all its samples, as Prometheus understands it. */
export interface MetricInfo {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly description: string;
  readonly tagKeys: readonly string[];
  readonly samples: readonly MetricSampleInfo[];
}

export interface MetricSampleInfo {
  readonly tags: Readonly<Record<string, string>>;
  readonly value: number;
  readonly count?: number;
  readonly buckets?: readonly { readonly upTo: number; readonly count: number }[];
}
