import type { ControlStore } from '../control-store.ts';
import type { NodeRecord } from '../records.ts';

/** What a test cluster knows of its nodes from the control store. */
export class NodeWatch {
  readonly #records = new Map<string, NodeRecord>();
  #waiting: (() => void)[] = [];

  static async start(store: ControlStore): Promise<NodeWatch> {
    const watch = new NodeWatch();
    await store.table('nodes').watch((nodeId, entry) => {
      if (entry !== undefined) watch.#records.set(nodeId, JSON.parse(entry.value) as NodeRecord);
      for (const again of watch.#waiting.splice(0)) again();
    });
    return watch;
  }

  /** Resolves with the record of that node once it is so. */
  async until(nodeId: string, condition: (record: NodeRecord) => boolean): Promise<NodeRecord> {
    for (;;) {
      const record = this.#records.get(nodeId);
      if (record !== undefined && condition(record)) return record;
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    }
  }
}
