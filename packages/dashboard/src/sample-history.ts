import type { History, Series } from './api-types.ts';

/** One value of one series at one time. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** It only rises: of neighbours the last counts, not their mean. */
  readonly isCount?: boolean;
}

interface Column extends Pick<Series, 'name' | 'labels'> {
  readonly isCount: boolean;
  readonly fine: Float64Array;
  readonly coarse: Float64Array;
}

export interface HistoryQuery {
  /** Unix time, ms; what is later is told. */
  readonly since: number;
  /** Milliseconds that become one point. */
  readonly resolution: number;
  readonly name?: string;
}

/** One per second for ten minutes. */
const FINE = 600;
/** One per ten seconds for a day. */
const COARSE = 8_640;
const COARSE_MS = 10_000;

/** Series in bounded memory: 72 KiB each, however long the session lasts. */
export class SampleHistory {
  readonly #limit: number;
  readonly #columns = new Map<string, Column>();
  readonly #fine = new Clock(FINE);
  readonly #coarse = new Clock(COARSE);

  /** @param limit more series than this are left out */
  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  /** What was measured at `time`, later than all before. */
  record(time: number, samples: Iterable<Sample>): void {
    const place = this.#fine.add(time);
    for (const column of this.#columns.values()) column.fine[place] = Number.NaN;
    for (const sample of samples) {
      const column = this.#columnOf(sample);
      if (column !== undefined) column.fine[place] = sample.value;
    }
    if (time - (this.#coarse.last ?? Number.NEGATIVE_INFINITY) >= COARSE_MS) this.#condense(time);
  }

  query({ since, resolution, name }: HistoryQuery): History {
    const fine = this.#fine.after(since);
    const fineFrom = this.#fine.first ?? Number.POSITIVE_INFINITY;
    const coarse = this.#coarse.after(since).filter(({ time }) => time < fineFrom);
    const groups = grouped([...coarse, ...fine], resolution);
    const columns = [...this.#columns.values()].filter(column => name === undefined || column.name === name);
    return {
      times: groups.map(group => (group.at(-1) as Point).time),
      series: columns.map(column => ({
        name: column.name,
        labels: column.labels,
        values: groups.map(group => {
          const values = group.map(point => (point.clock === this.#fine ? column.fine : column.coarse)[point.place]);
          return condensed(values as number[], column.isCount);
        }),
      })),
    };
  }

  #columnOf({ name, labels, isCount = false }: Sample): Column | undefined {
    const key = `${name} ${JSON.stringify(labels)}`;
    let column = this.#columns.get(key);
    if (column === undefined && this.#columns.size < this.#limit) {
      const [fine, coarse] = [FINE, COARSE].map(length => new Float64Array(length).fill(Number.NaN));
      column = { name, labels, isCount, fine: fine as Float64Array, coarse: coarse as Float64Array };
      this.#columns.set(key, column);
    }
    return column;
  }

  #condense(time: number): void {
    const points = this.#fine.after(this.#coarse.last ?? time - COARSE_MS);
    const place = this.#coarse.add(time);
    for (const column of this.#columns.values()) {
      const values = points.map(point => column.fine[point.place] as number);
      column.coarse[place] = condensed(values, column.isCount) ?? Number.NaN;
    }
  }
}

interface Point {
  readonly time: number;
  readonly place: number;
  readonly clock: Clock;
}

/** The times of a ring of samples, and where in it each is. */
class Clock {
  readonly #times: Float64Array;
  #count = 0;

  constructor(capacity: number) {
    this.#times = new Float64Array(capacity);
  }

  add(time: number): number {
    const place = this.#count++ % this.#times.length;
    this.#times[place] = time;
    return place;
  }

  get last(): number | undefined {
    return this.#count === 0 ? undefined : this.#times[(this.#count - 1) % this.#times.length];
  }

  get first(): number | undefined {
    return this.#count === 0 ? undefined : this.#times[this.#start % this.#times.length];
  }

  after(since: number): Point[] {
    const points: Point[] = [];
    for (let i = this.#start; i < this.#count; i++) {
      const place = i % this.#times.length;
      const time = this.#times[place] as number;
      if (time > since) points.push({ time, place, clock: this });
    }
    return points;
  }

  get #start(): number {
    return Math.max(0, this.#count - this.#times.length);
  }
}

function grouped(points: readonly Point[], resolution: number): Point[][] {
  const groups: Point[][] = [];
  let group: Point[] = [];
  let at = Number.NaN;
  for (const point of points) {
    const slot = Math.floor(point.time / resolution);
    if (slot !== at) groups.push((group = []));
    at = slot;
    group.push(point);
  }
  return groups;
}

function condensed(values: readonly number[], isCount: boolean): number | null {
  const known = values.filter(value => !Number.isNaN(value));
  if (known.length === 0) return null;
  if (isCount) return known.at(-1) as number;
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
