import type { MetricSampleInfo } from './api-types.ts';

/** Quantiles are of what was observed within so many looks. */
const WINDOW = 60;

type Counts = readonly number[];

/** What lies below which half, 95 % and 99 % of the observations of a histogram were, lately. */
export class Quantiles {
  static readonly all = [0.5, 0.95, 0.99];
  readonly #looks = new Map<string, Counts[]>();

  /** One per quantile; NaN when nothing was observed. */
  look(key: string, { buckets = [], count = 0 }: MetricSampleInfo): number[] {
    const now = [...buckets.map(bucket => bucket.count), count];
    const looks = this.#looks.get(key) ?? [];
    this.#looks.set(key, looks);
    looks.push(now);
    if (looks.length > WINDOW) looks.shift();
    const then = looks.length > 1 ? (looks[0] as Counts) : now.map(() => 0);
    const observed = now.map((value, i) => value - (then[i] ?? 0));
    return Quantiles.all.map(quantile =>
      valueAt(
        quantile,
        observed,
        buckets.map(({ upTo }) => upTo),
      ),
    );
  }
}

/** As Prometheus does it: observations lie evenly in their bucket; beyond the last one nothing is known. */
function valueAt(quantile: number, cumulative: Counts, bounds: readonly number[]): number {
  const total = cumulative.at(-1) ?? 0;
  if (total === 0) return Number.NaN;
  const rank = quantile * total;
  const at = bounds.findIndex((_, i) => (cumulative[i] as number) >= rank);
  if (at < 0) return bounds.at(-1) ?? Number.NaN;
  const [low, below] = at === 0 ? [0, 0] : [bounds[at - 1] as number, cumulative[at - 1] as number];
  const [high, upTo] = [bounds[at] as number, cumulative[at] as number];
  return Math.min(low, high) + Math.abs(high - low) * ((rank - below) / (upTo - below || 1));
}
