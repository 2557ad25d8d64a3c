import { quantile } from './statistics.ts';

/** What one side measured in one round. */
export interface Reading {
  /** In the benchmark's unit. */
  readonly value: number;
  /** Microseconds of one operation; only where operations are made one at a time. */
  readonly p50?: number;
  readonly p99?: number;
  /** Further figures, each by a name that tells its unit: `{ 'peak RSS MB': 812 }`. */
  readonly details?: Readonly<Record<string, number>>;
}

/** What a side does in its own process, ready to be measured as often as wanted. */
export interface Workload {
  round(milliseconds: number): Promise<Reading>;
  end?(): Promise<void>;
}

export interface CaseParameters {
  /** CPUs of the session, or threads of the pool. */
  readonly workers: number;
  /** How many of whatever the benchmark is about; a case has a default. */
  readonly size?: number;
}

/** Prepares a workload; runs in the process of its side. */
export type Case = (parameters: CaseParameters) => Promise<Workload>;

/** What the module of a side exports as `cases`. */
export type Cases = Readonly<Record<string, Case>>;

/** Operations per second, `run` being so many of them. */
export function repeated(operations: number, run: () => Promise<unknown>): Workload {
  return {
    async round(milliseconds) {
      const start = performance.now();
      let runs = 0;
      let elapsed = 0;
      do {
        await run();
        runs++;
        elapsed = performance.now() - start;
      } while (elapsed < milliseconds);
      return { value: (runs * operations * 1000) / elapsed };
    },
  };
}

/** Operations per second when each waits for the one before, with their latency. */
export function oneAtATime(run: () => Promise<unknown>): Workload {
  return {
    async round(milliseconds) {
      const latencies: number[] = [];
      const start = performance.now();
      let before = start;
      do {
        await run();
        const now = performance.now();
        latencies.push((now - before) * 1000);
        before = now;
      } while (before - start < milliseconds);
      const value = (latencies.length * 1000) / (before - start);
      latencies.sort((a, b) => a - b);
      return { value, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
    },
  };
}

const CALLS_PER_LANE = 20;

/** Operations per second with always `width` of them under way. */
export function inFlight(width: number, call: () => Promise<unknown>): Workload {
  const lane = async () => {
    for (let i = 0; i < CALLS_PER_LANE; i++) await call();
  };
  return repeated(width * CALLS_PER_LANE, () => Promise.all(times(width, lane)));
}

/** Whatever `measure` finds, however long it takes. */
export function measured(measure: () => Promise<Reading>): Workload {
  return { round: measure };
}

/** The results of `count` calls of `make`. */
export function times<T>(count: number, make: (index: number) => T): T[] {
  const made: T[] = [];
  for (let i = 0; i < count; i++) made.push(make(i));
  return made;
}
