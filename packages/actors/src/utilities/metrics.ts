/**
 * Metrics of your own, counted wherever your code runs and added up by the node: what a task or actor records is there
 * before its result is, except for the end of a burst of thousands, which follows a moment later.
 *
 * @example
 * const hits = new metrics.Counter('hits', { description: 'pages served', tagKeys: ['page'] });
 * hits.inc(1, { page: '/' });
 * const load = new metrics.Gauge('load');
 * load.set(0.7);
 * const latency = new metrics.Histogram('latency', { boundaries: [10, 100, 1000] });
 * latency.observe(42);
 */

import { InvalidOptionError } from '@aktis/core';
import { isSameDefinition, type MetricDefinition, type MetricKind } from './metric-record.ts';
import { recordMetric } from './metrics-plugin.ts';
import { knownOptions } from './option-checks.ts';

export interface MetricOptions<Key extends string = string> {
  readonly description?: string;
  /** The names of the tags that every change gives values for. */
  readonly tagKeys?: readonly Key[];
}

export interface HistogramOptions<Key extends string = string> extends MetricOptions<Key> {
  /** Upper bounds of the buckets: positive and ascending. */
  readonly boundaries: readonly number[];
}

/** Values of tags, by their names; of a metric without `tagKeys`, none. */
export type Tags<Key extends string> = [Key] extends [never] ? NoTags : Readonly<Partial<Record<Key, string>>>;

type NoTags = Readonly<Record<string, never>>;
type AnyTags = Readonly<Record<string, string | undefined>>;

/** Of this thread, so that one name is one metric. */
const declared = new Map<string, MetricDefinition>();

/** What the three kinds have in common. */
abstract class Metric<Key extends string> {
  readonly #definition: MetricDefinition;
  #defaultTags: AnyTags = {};

  constructor(kind: MetricKind, name: string, options: MetricOptions<Key>, boundaries: readonly number[]) {
    const { description = '', tagKeys = [] } = options;
    checkName('name', name, /^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
    for (const key of tagKeys) checkName('tagKeys', key, /^[a-zA-Z_][a-zA-Z0-9_]*$/);
    const definition = { kind, name, description, tagKeys: [...tagKeys], boundaries };
    const existing = declared.get(name);
    if (existing !== undefined && !isSameDefinition(existing, definition)) {
      throw new InvalidOptionError(
        `There is a ${existing.kind} named '${name}' already: give this one another name, or the same class, tagKeys and boundaries`,
      );
    }
    declared.set(name, existing ?? definition);
    this.#definition = definition;
  }

  get name(): string {
    return this.#definition.name;
  }

  /** Tags for the changes that do not give them. */
  setDefaultTags(tags: Tags<Key>): this {
    this.#assertKnown(tags);
    this.#defaultTags = { ...tags };
    return this;
  }

  protected record(value: number, tags: Tags<Key> | undefined): void {
    if (!Number.isFinite(value)) {
      throw new InvalidOptionError(`The metric '${this.name}' was given ${String(value)}, but takes finite numbers`);
    }
    recordMetric(this.#definition, this.#valuesOf(tags), value);
  }

  #valuesOf(tags: AnyTags | undefined): readonly string[] {
    const { tagKeys, name } = this.#definition;
    if (tags !== undefined) this.#assertKnown(tags);
    return tagKeys.map(key => {
      const value = tags?.[key] ?? this.#defaultTags[key];
      if (typeof value === 'string') return value;
      throw new InvalidOptionError(
        value === undefined
          ? `The metric '${name}' was given no tag '${key}': pass { ${key}: '…' }, or set it by setDefaultTags`
          : `The tag '${key}' of the metric '${name}' is ${String(value)}, but must be a string`,
      );
    });
  }

  #assertKnown(tags: AnyTags): void {
    const { tagKeys, name } = this.#definition;
    for (const key in tags) {
      if (tagKeys.includes(key)) continue;
      throw new InvalidOptionError(
        `The metric '${name}' has no tag '${key}'; declared: ${tagKeys.join(', ') || 'none'}`,
      );
    }
  }
}

/** A sum that only grows, such as requests served. */
export class Counter<const Key extends string = never> extends Metric<Key> {
  constructor(name: string, options?: MetricOptions<Key>) {
    super('counter', name, knownOptions(options, ['description', 'tagKeys'], 'a Counter'), []);
  }

  /** Adds `value`, which must be above 0. */
  inc(value = 1, tags?: Tags<Key>): void {
    if (!(value > 0)) {
      throw new InvalidOptionError(
        `The counter '${this.name}' was given ${String(value)}, but only grows: use a Gauge`,
      );
    }
    this.record(value, tags);
  }
}

/** A value that goes up and down, such as the length of a queue. The last `set` counts, whoever made it. */
export class Gauge<const Key extends string = never> extends Metric<Key> {
  constructor(name: string, options?: MetricOptions<Key>) {
    super('gauge', name, knownOptions(options, ['description', 'tagKeys'], 'a Gauge'), []);
  }

  set(value: number, tags?: Tags<Key>): void {
    this.record(value, tags);
  }
}

/** How values are distributed, such as latencies. */
export class Histogram<const Key extends string = never> extends Metric<Key> {
  constructor(name: string, options: HistogramOptions<Key>) {
    const known = knownOptions(options, ['description', 'tagKeys', 'boundaries'], 'a Histogram');
    super('histogram', name, known, checkBoundaries(known.boundaries));
  }

  observe(value: number, tags?: Tags<Key>): void {
    this.record(value, tags);
  }
}

function checkName(option: string, name: unknown, allowed: RegExp): void {
  if (typeof name === 'string' && allowed.test(name)) return;
  throw new InvalidOptionError(
    `Option ${option} is ${JSON.stringify(name)}, but must be letters, digits and _, not beginning with a digit`,
  );
}

function checkBoundaries(boundaries: unknown): readonly number[] {
  const isAscending = (list: readonly unknown[]) =>
    list.length > 0 &&
    list.every((upTo, i) => Number.isFinite(upTo) && (upTo as number) > ((i === 0 ? 0 : list[i - 1]) as number));
  if (Array.isArray(boundaries) && isAscending(boundaries)) return [...(boundaries as number[])];
  throw new InvalidOptionError(
    `Option boundaries is ${JSON.stringify(boundaries)}, but must be positive numbers in ascending order, such as [10, 100]`,
  );
}
