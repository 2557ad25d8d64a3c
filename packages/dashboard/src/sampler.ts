import { clearInterval, setInterval } from 'node:timers';
import type { NodeSeries } from '@aktis/core';
import type { MetricInfo, NodeStateInfo } from './api-types.ts';
import { coreMetrics } from './core-metrics.ts';
import { Quantiles } from './quantiles.ts';
import { type Sample, SampleHistory } from './sample-history.ts';
import type { Source } from './source.ts';
import { taskStates } from './status-reader.ts';

const INTERVAL_MS = 1_000;
/** Of metrics: 36 MB at most. */
const METRIC_SERIES = 500;

/** Looks once a second at how busy everything is, and remembers. It begins with what the nodes remember themselves. */
export class Sampler {
  /** What /api/history tells. */
  readonly history = new SampleHistory();
  /** What /api/metrics/history tells. */
  readonly metrics = new SampleHistory(METRIC_SERIES);
  readonly #source: Source;
  readonly #quantiles = new Quantiles();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #before: { readonly time: number; readonly finished: number; readonly failed: number } | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), INTERVAL_MS).unref();
    void this.recall().then(() => this.look());
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** All metrics as they are now: Aktis's own, and the users'. */
  async families(): Promise<{ readonly core: readonly MetricInfo[]; readonly user: readonly MetricInfo[] }> {
    const [nodes, user] = await Promise.all([this.#source.nodes(), this.#source.userMetrics()]);
    return { core: coreMetrics(nodes), user };
  }

  async look(): Promise<void> {
    // A slow cluster is looked at less often.
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const [nodes, user] = await Promise.all([this.#source.nodes(), this.#source.userMetrics()]);
      const time = Date.now();
      this.history.record(time, this.#samples(time, nodes));
      this.metrics.record(
        time,
        [...coreMetrics(nodes), ...user].flatMap(family => this.#metricSamples(family)),
      );
    } catch {
      // A gap in the charts says it all.
    } finally {
      this.#isLooking = false;
    }
  }

  #samples(time: number, nodes: readonly NodeStateInfo[]): Sample[] {
    const samples: Sample[] = [];
    let bytes = 0;
    for (const { nodeId, usage } of nodes) {
      if (usage === undefined) continue;
      const { cpuPercent, memoryBytes, eventLoopDelay, objectStore } = usage;
      samples.push(...nodeSamples(nodeId, { cpuPercent, memoryBytes, eventLoopDelay }));
      bytes += objectStore.usedBytes;
    }
    const tasks = taskStates(nodes);
    samples.push(...taskSamples(tasks), { name: 'store_bytes', labels: {}, value: bytes });
    const { FINISHED: finished = 0, FAILED: failed = 0 } = tasks;
    if (this.#before !== undefined && time > this.#before.time) {
      const seconds = (time - this.#before.time) / 1000;
      // Those of a node that left are gone from the sum.
      const rate = (now: number, then: number) => Math.max(0, now - then) / seconds;
      samples.push(...rateSamples(rate(finished, this.#before.finished), rate(failed, this.#before.failed)));
    }
    this.#before = { time, finished, failed };
    return samples;
  }

  #metricSamples(family: MetricInfo): Sample[] {
    const { name, kind, samples } = family;
    if (kind !== 'histogram') {
      return samples.map(({ tags, value }) => ({ name, labels: tags, value, isCount: kind === 'counter' }));
    }
    return samples.flatMap(sample =>
      this.#quantiles.look(`${name} ${JSON.stringify(sample.tags)}`, sample).map((value, i) => ({
        name,
        labels: { ...sample.tags, quantile: String(Quantiles.all[i]) },
        value,
      })),
    );
  }

  /** What was before anybody looked. Nothing is lost when nodes do not remember: the charts begin later. */
  async recall(): Promise<void> {
    const series = await this.#source.series().catch((): NodeSeries[] => []);
    for (const [time, samples] of recalled(series)) this.history.record(time, samples);
  }
}

/** What several nodes measured, by the second in which they did. */
function recalled(series: readonly NodeSeries[]): (readonly [number, Sample[]])[] {
  const moments = new Map<number, { readonly samples: Sample[]; readonly sums: Map<string, number> }>();
  for (const { nodeId, at, values } of series) {
    at.forEach((time, i) => {
      const second = Math.floor(time / 1000) * 1000;
      const moment = moments.get(second) ?? { samples: [] as Sample[], sums: new Map<string, number>() };
      moments.set(second, moment);
      const value = (name: keyof NodeSeries['values']) => values[name][i] as number;
      const [cpuPercent, memoryBytes] = [value('cpuPercent'), value('memoryBytes')];
      moment.samples.push(...nodeSamples(nodeId, { cpuPercent, memoryBytes, eventLoopDelay: value('eventLoopDelay') }));
      for (const name of SUMMED) moment.sums.set(name, (moment.sums.get(name) ?? 0) + value(name));
    });
  }
  return [...moments]
    .sort(([a], [b]) => a - b)
    .map(([time, { samples, sums }]) => {
      const sum = (name: (typeof SUMMED)[number]) => sums.get(name) as number;
      const tasks = {
        PENDING_ARGS_AVAIL: sum('pendingArgs'),
        PENDING_NODE_ASSIGNMENT: sum('pendingAssignment'),
        SUBMITTED_TO_WORKER: sum('submitted'),
        RUNNING: sum('running'),
        FINISHED: sum('finished'),
        FAILED: sum('failed'),
      };
      const store: Sample = { name: 'store_bytes', labels: {}, value: sum('objectStoreBytes') };
      const rates = rateSamples(sum('finishedPerSecond'), sum('failedPerSecond'));
      return [time, [...samples, ...taskSamples(tasks), ...rates, store]] as const;
    });
}

const SUMMED = [
  'pendingArgs',
  'pendingAssignment',
  'submitted',
  'running',
  'finished',
  'failed',
  'finishedPerSecond',
  'failedPerSecond',
  'objectStoreBytes',
] as const;

function nodeSamples(
  nodeId: string,
  usage: { readonly cpuPercent: number; readonly memoryBytes: number; readonly eventLoopDelay: number },
): Sample[] {
  const labels = { nodeId };
  return [
    { name: 'node_cpu_percent', labels, value: usage.cpuPercent },
    { name: 'node_memory_bytes', labels, value: usage.memoryBytes },
    { name: 'node_event_loop_delay_ms', labels, value: usage.eventLoopDelay },
  ];
}

function taskSamples(tasks: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(tasks).map(([state, value]) => ({
    name: 'tasks',
    labels: { state },
    value,
    isCount: state === 'FINISHED' || state === 'FAILED',
  }));
}

function rateSamples(finished: number, failed: number): Sample[] {
  return [
    { name: 'tasks_finished_per_second', labels: {}, value: finished },
    { name: 'tasks_failed_per_second', labels: {}, value: failed },
  ];
}
