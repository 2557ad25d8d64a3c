import type { ObjectEntry } from '@aktis/core';

/** Which objects that are in use here lie on which other nodes. Holds none of them alive. */
export class AwayEntries {
  readonly #byNode = new Map<string, Set<WeakRef<ObjectEntry>>>();
  readonly #collected = new FinalizationRegistry<{ nodes: readonly string[]; reference: WeakRef<ObjectEntry> }>(
    ({ nodes, reference }) => {
      for (const nodeId of nodes) this.#byNode.get(nodeId)?.delete(reference);
    },
  );

  add(entry: ObjectEntry, nodes: readonly string[]): void {
    const reference = new WeakRef(entry);
    for (const nodeId of nodes) {
      let references = this.#byNode.get(nodeId);
      if (references === undefined) this.#byNode.set(nodeId, (references = new Set()));
      references.add(reference);
    }
    this.#collected.register(entry, { nodes, reference });
  }

  /** Those whose value is still there and not here. */
  *on(nodeId: string): Generator<ObjectEntry> {
    for (const reference of this.#byNode.get(nodeId) ?? []) {
      const entry = reference.deref();
      if (entry?.state === 'away' && entry.source !== null) yield entry;
    }
  }

  forget(nodeId: string): void {
    this.#byNode.delete(nodeId);
  }
}
