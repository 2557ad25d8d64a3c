import { setImmediate } from 'node:timers';
import { type Link, Op } from '@aktis/core';
import { type MetricChange, type MetricDefinition, tagsKey } from './metric-record.ts';

/** The worker's side: tells the node about every change, at once as long as the link takes it. */
export class MetricSender {
  readonly #link: Link;
  readonly #introduced = new Set<string>();
  /** What happened while the link was full, by metric and tags. */
  #gathered = new Map<string, [name: string, tags: readonly string[], values: number[]]>();

  constructor(link: Link) {
    this.#link = link;
  }

  send(definition: MetricDefinition, tags: readonly string[], value: number): void {
    const { name } = definition;
    if (!this.#introduced.has(name)) {
      this.#introduced.add(name);
      this.#link.send([Op.Metric, JSON.stringify(definition)]);
    }
    // A loop that records a million times must not queue up a million messages.
    if (this.#gathered.size > 0 || this.#link.full) this.#gather(definition, tags, value);
    else this.#link.send([Op.Metric, JSON.stringify([name, tags, [value]] satisfies MetricChange)]);
  }

  #gather({ kind, name }: MetricDefinition, tags: readonly string[], value: number): void {
    if (this.#gathered.size === 0) setImmediate(this.#sendGathered);
    const key = `${name} ${tagsKey(tags)}`;
    const gathered = this.#gathered.get(key);
    if (gathered === undefined) {
      this.#gathered.set(key, [name, tags, [value]]);
      return;
    }
    const [, , values] = gathered;
    if (kind === 'histogram') values.push(value);
    else values[0] = kind === 'gauge' ? value : (values[0] as number) + value;
  }

  readonly #sendGathered = (): void => {
    if (this.#link.full) {
      setImmediate(this.#sendGathered);
      return;
    }
    for (const change of this.#gathered.values()) this.#link.send([Op.Metric, JSON.stringify(change)]);
    this.#gathered = new Map();
  };
}
