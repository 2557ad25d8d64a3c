export type MetricKind = 'counter' | 'gauge' | 'histogram';

/** What a metric is: sent by each worker before its first change of it. */
export interface MetricDefinition {
  readonly kind: MetricKind;
  readonly name: string;
  readonly description: string;
  readonly tagKeys: readonly string[];
  /** Upper bounds of a histogram's buckets, ascending. */
  readonly boundaries: readonly number[];
}

/** What happened to it, with the values of its tags in the order of `tagKeys`. */
export type MetricChange = readonly [name: string, tags: readonly string[], values: readonly number[]];

/** What `Op.Metric` carries, as JSON. */
export type MetricRecord = MetricDefinition | MetricChange;

export function isSameDefinition(a: MetricDefinition, b: MetricDefinition): boolean {
  return (
    a.kind === b.kind &&
    a.tagKeys.join('\n') === b.tagKeys.join('\n') &&
    a.boundaries.join('\n') === b.boundaries.join('\n')
  );
}

/** Tells the values of tags apart from all others of the same metric. */
export function tagsKey(tags: readonly string[]): string {
  return tags.length > 1 ? JSON.stringify(tags) : (tags[0] ?? '');
}
