import { freemem } from 'node:os';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import type { NodeSample, NodeSeries } from '../types/measures.ts';
import type { TaskCounts } from '../types/state.ts';
import type { NodeState, StateNode } from './node-state.ts';

const INTERVAL_MS = 1_000;
/** One hour. */
const SAMPLES = 3_600;

/** One row of numbers per second, in the order of the names. */
const NAMES = [
  'cpuPercent',
  'memoryBytes',
  'machineMemoryFreeBytes',
  'heapUsedBytes',
  'eventLoopUtilization',
  'eventLoopDelay',
  'objectStoreBytes',
  'spilledBytes',
  'objects',
  'workers',
  'actors',
  'finishedPerSecond',
  'failedPerSecond',
  'cpusAvailable',
  'pendingArgs',
  'pendingAssignment',
  'submitted',
  'running',
  'finished',
  'failed',
] as const satisfies readonly (keyof NodeSample)[];

/**
 * Measures a node once a second, for charts: about 50 µs each time. Never keeps the process running.
 */
export class NodeSampler {
  readonly #node: StateNode;
  readonly #state: NodeState;
  readonly #times: number[] = [];
  /** By name, in rings. */
  readonly #columns: readonly number[][] = NAMES.map(() => []);
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;
  #cpu = process.cpuUsage();
  #loop = performance.eventLoopUtilization();
  #at = performance.now();
  #finished = 0;
  #failed = 0;
  /** What was measured last. */
  latest: NodeSample | undefined;

  constructor(node: StateNode, state: NodeState) {
    this.#node = node;
    this.#state = state;
  }

  start(): void {
    this.#dueAt = performance.now() + INTERVAL_MS;
    this.#timer = setInterval(this.#tick, INTERVAL_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  readonly #tick = (): void => {
    const now = performance.now();
    const late = Math.max(0, now - this.#dueAt);
    this.#dueAt = now + INTERVAL_MS;
    this.#keep(this.measure(now, late));
  };

  /** @param late milliseconds since this should have been done */
  measure(now = performance.now(), late = 0): NodeSample {
    const { store, pool, scheduler } = this.#node;
    const milliseconds = Math.max(1, now - this.#at);
    const cpu = process.cpuUsage(this.#cpu);
    const loop = performance.eventLoopUtilization();
    const memory = process.memoryUsage();
    const { usedBytes, spilledBytes, objects } = store.statistics;
    const counts = this.taskCounts();
    const sample: NodeSample = {
      ...counts,
      cpuPercent: (cpu.user + cpu.system) / 10 / milliseconds,
      memoryBytes: memory.rss,
      machineMemoryFreeBytes: freemem(),
      heapUsedBytes: memory.heapUsed,
      eventLoopUtilization: performance.eventLoopUtilization(loop, this.#loop).utilization,
      eventLoopDelay: late,
      objectStoreBytes: usedBytes,
      spilledBytes,
      objects,
      workers: pool.threads.size,
      actors: this.#state.actors.living,
      finishedPerSecond: ((counts.finished - this.#finished) * 1000) / milliseconds,
      failedPerSecond: ((counts.failed - this.#failed) * 1000) / milliseconds,
      cpusAvailable: scheduler.pool.available.CPU ?? 0,
    };
    this.#at = now;
    this.#cpu = process.cpuUsage();
    this.#loop = loop;
    this.#finished = counts.finished;
    this.#failed = counts.failed;
    this.latest = sample;
    return sample;
  }

  /** Where all tasks are, at the cost of a look at each worker. */
  taskCounts(): TaskCounts {
    const { tasks, pool } = this.#node;
    const { finished, failed, elsewhere } = this.#state.tasks;
    let sent = 0;
    let running = 0;
    for (const thread of pool.threads) {
      for (const task of thread.work()) {
        if (task.state !== 'sent') continue;
        sent++;
        if (task.hasStarted) running++;
      }
    }
    const unfinished = tasks.submitted - finished - failed - elsewhere;
    const pendingAssignment = Math.max(0, unfinished - tasks.waiting - sent);
    return { pendingArgs: tasks.waiting, pendingAssignment, submitted: sent - running, running, finished, failed };
  }

  /** What was measured since then, averaged to at most `points`. */
  series(since: number, points: number): NodeSeries {
    const places: number[] = [];
    for (let i = Math.max(0, this.#count - SAMPLES); i < this.#count; i++) {
      if ((this.#times[i % SAMPLES] as number) > since) places.push(i % SAMPLES);
    }
    const width = Math.max(1, Math.ceil(places.length / points));
    const groups: number[][] = [];
    for (let i = 0; i < places.length; i += width) groups.push(places.slice(i, i + width));
    const values = NAMES.map((name, i) => {
      const column = this.#columns[i] as number[];
      return [name, groups.map(group => mean(group.map(place => column[place] as number)))] as const;
    });
    return {
      nodeId: this.#node.id,
      // A group is where it ends, so that the next question can begin there.
      at: groups.map(group => this.#times[group[group.length - 1] as number] as number),
      values: Object.fromEntries(values) as unknown as NodeSeries['values'],
    };
  }

  #keep(sample: NodeSample): void {
    const place = this.#count++ % SAMPLES;
    this.#times[place] = Date.now();
    NAMES.forEach((name, i) => {
      (this.#columns[i] as number[])[place] = sample[name];
    });
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
