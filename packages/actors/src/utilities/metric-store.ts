import {
  isSameDefinition,
  type MetricChange,
  type MetricDefinition,
  type MetricKind,
  type MetricRecord,
  tagsKey,
} from './metric-record.ts';

/** The state of a metric under one set of tags. */
export interface MetricSample {
  readonly tags: Readonly<Record<string, string>>;
  /** Of a counter the sum, of a gauge the last value, of a histogram the sum of what was observed. */
  readonly value: number;
  /** Of a histogram: how often something was observed. */
  readonly count?: number;
  /** Of a histogram: how often something up to each boundary was observed, those below counted in. */
  readonly buckets?: readonly { readonly upTo: number; readonly count: number }[];
}

/** A metric with all its samples: what Prometheus calls a family. */
export interface MetricFamily {
  readonly name: string;
  readonly kind: MetricKind;
  readonly description: string;
  readonly tagKeys: readonly string[];
  readonly samples: readonly MetricSample[];
}

interface Series {
  readonly tags: readonly string[];
  value: number;
  count: number;
  /** Per boundary, not counting those below. */
  readonly buckets: number[];
}

interface Family {
  readonly definition: MetricDefinition;
  readonly series: Map<string, Series>;
}

/** The metrics of a node: what its driver and its workers recorded, added up. */
export class MetricStore {
  readonly #families = new Map<string, Family>();

  /** False: another kind of metric has the name, and the record was left out. */
  apply(record: MetricRecord): boolean {
    return 'kind' in record ? this.#define(record) : this.#change(record);
  }

  /** Adds up what `other` has with what is here. */
  absorb(other: MetricStore): void {
    for (const { definition, series } of other.#families.values()) {
      if (!this.#define(definition)) continue;
      for (const [key, one] of series) (this.#families.get(definition.name) as Family).series.set(key, one);
    }
    other.#families.clear();
  }

  snapshot(): MetricFamily[] {
    return Array.from(this.#families.values(), ({ definition, series }) => {
      const { name, kind, description, tagKeys } = definition;
      return {
        name,
        kind,
        description,
        tagKeys,
        samples: Array.from(series.values(), one => sampleOf(definition, one)),
      };
    });
  }

  #define(definition: MetricDefinition): boolean {
    const existing = this.#families.get(definition.name);
    if (existing !== undefined) return isSameDefinition(existing.definition, definition);
    this.#families.set(definition.name, { definition, series: new Map() });
    return true;
  }

  #change([name, tags, values]: MetricChange): boolean {
    const family = this.#families.get(name);
    if (family === undefined || family.definition.tagKeys.length !== tags.length) return false;
    const { kind, boundaries } = family.definition;
    const key = tagsKey(tags);
    let series = family.series.get(key);
    if (series === undefined) {
      series = { tags, value: 0, count: 0, buckets: boundaries.map(() => 0) };
      family.series.set(key, series);
    }
    for (const value of values) {
      series.value = kind === 'gauge' ? value : series.value + value;
      series.count++;
      const bucket = boundaries.findIndex(upTo => value <= upTo);
      if (bucket >= 0) (series.buckets[bucket] as number)++;
    }
    return true;
  }
}

function sampleOf(
  { kind, tagKeys, boundaries }: MetricDefinition,
  { tags, value, count, buckets }: Series,
): MetricSample {
  const named = Object.fromEntries(tagKeys.map((key, i) => [key, tags[i] as string]));
  if (kind !== 'histogram') return { tags: named, value };
  let upToHere = 0;
  const cumulative = boundaries.map((upTo, i) => {
    upToHere += buckets[i] as number;
    return { upTo, count: upToHere };
  });
  return { tags: named, value, count, buckets: cumulative };
}
