import {
  current,
  currentRuntime,
  currentWorker,
  isLoadingModules,
  type Node,
  type NodeExtension,
  Op,
  registerNodePlugin,
  registerWorkerPlugin,
  type ToNode,
  type WorkerRuntime,
  type WorkerThread,
} from '@aktis/core';
import type { MetricDefinition, MetricRecord } from './metric-record.ts';
import { MetricSender } from './metric-sender.ts';
import { type MetricFamily, MetricStore } from './metric-store.ts';

/** What the driver records while it has no node; the next one takes it over. */
const early = new MetricStore();
const stores = new WeakMap<Node, MetricStore>();
const senders = new WeakMap<WorkerRuntime, MetricSender>();

/** Records a change where it happened: in a driver at its node, in a worker by telling its node. */
export function recordMetric(definition: MetricDefinition, tags: readonly string[], value: number): void {
  // A worker that only loads the driver's script would count a second time what the driver counted.
  if (isLoadingModules()) return;
  const worker = currentWorker();
  if (worker !== undefined) {
    senders.get(worker)?.send(definition, tags, value);
    return;
  }
  const store = storeOfDriver();
  if (store.apply(definition)) store.apply([definition.name, tags, [value]]);
}

/** All metrics of this node, with what its workers recorded: what the dashboard shows and Prometheus scrapes. */
export async function metricsSnapshot(): Promise<MetricFamily[]> {
  if (currentWorker() === undefined) return storeOfDriver().snapshot();
  return (await currentRuntime().ask('metrics', null)) as MetricFamily[];
}

function storeOfDriver(): MetricStore {
  return (current.node && stores.get(current.node)) ?? early;
}

/** The node's side: adds up what workers send. */
class Metrics implements NodeExtension {
  readonly #node: Node;
  readonly #store = new MetricStore();
  /** What workers declared in another way than the first to declare it. */
  readonly #refused = new WeakMap<WorkerThread, Set<string>>();

  constructor(node: Node) {
    this.#node = node;
    this.#store.absorb(early);
    stores.set(node, this.#store);
    node.questions.set('metrics', () => this.#store.snapshot());
  }

  handle(thread: WorkerThread, message: ToNode): void {
    if (message[0] !== Op.Metric) return;
    const record = JSON.parse(message[1]) as MetricRecord;
    const name = 'kind' in record ? record.name : record[0];
    const refused = this.#refused.get(thread);
    if (refused?.has(name) || this.#store.apply(record)) return;
    this.#refused.set(thread, (refused ?? new Set()).add(name));
    this.#node.logs.warn(
      `The metric '${name}' is declared in two ways, and only what fits the first is counted: ` +
        'give it the same class, tagKeys and boundaries everywhere, or another name',
    );
  }

  onThreadDied(): void {}

  onPlacementGroupRemoved(): void {}

  async shutdown(): Promise<void> {}
}

// How metrics join the core; imported for its effect by everything that uses them, and by every worker.
registerNodePlugin({ name: 'metrics', attach: node => new Metrics(node) });
registerWorkerPlugin({
  module: import.meta.url,
  attach(worker, link) {
    senders.set(worker, new MetricSender(link));
    return { handle() {}, onResumed() {} };
  },
  loadNodePlugin: async () => {},
});
