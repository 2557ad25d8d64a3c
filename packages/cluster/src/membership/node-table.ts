import type { Clock } from '../clock.ts';
import type { ControlStore, Entry, Table } from '../control-store.ts';
import type { NodeRecord } from '../records.ts';

export interface NodeEntry {
  readonly record: NodeRecord;
  readonly revision: number;
}

/** The table `nodes`. Every change is a compare-and-set, and nothing follows `DEAD`. */
export class NodeTable {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(store: ControlStore, clock: Clock) {
    this.#table = store.table('nodes');
    this.#clock = clock;
  }

  async read(nodeId: string): Promise<NodeEntry | undefined> {
    const entry = await this.#table.get(nodeId);
    return entry === undefined ? undefined : nodeEntry(entry);
  }

  /** All that are not dead. */
  async living(): Promise<NodeEntry[]> {
    return (await this.#table.list()).map(nodeEntry).filter(({ record }) => record.state !== 'DEAD');
  }

  /** Undefined when there is a record of this node already. */
  create(record: NodeRecord): Promise<number | undefined> {
    return this.#table.create(record.nodeId, JSON.stringify(record));
  }

  /** Changes the record of a node that lives; undefined when it is dead or not there. */
  async change(nodeId: string, change: (record: NodeRecord) => NodeRecord): Promise<NodeEntry | undefined> {
    for (;;) {
      const entry = await this.read(nodeId);
      if (entry === undefined || entry.record.state === 'DEAD') return undefined;
      const record = change(entry.record);
      const revision = await this.#table.update(nodeId, JSON.stringify(record), entry.revision);
      if (revision !== undefined) return { record, revision };
    }
  }

  /** Reads a record and, unless it is dead, gives it a new revision: a verdict that is on its way comes too late. */
  async touch(nodeId: string): Promise<NodeEntry | undefined> {
    return (await this.change(nodeId, record => record)) ?? (await this.read(nodeId));
  }

  /**
   * The verdict: from then on the node is dead, whoever says so first. Undefined when `stillHolds` says no at the last
   * moment, or the record changed under our hands. A record the store has lost is written anew, as dead.
   */
  async bury(last: NodeRecord, reason: string, stillHolds: () => boolean): Promise<NodeEntry | undefined> {
    const entry = await this.read(last.nodeId);
    if (entry?.record.state === 'DEAD') return entry;
    if (!stillHolds()) return undefined;
    const diedAt = new Date(this.#clock.wallTime()).toISOString();
    const record: NodeRecord = { ...(entry?.record ?? last), state: 'DEAD', deathReason: reason, diedAt };
    const text = JSON.stringify(record);
    const revision =
      entry === undefined
        ? await this.#table.create(last.nodeId, text)
        : await this.#table.update(last.nodeId, text, entry.revision);
    return revision === undefined ? undefined : { record, revision };
  }

  async remove(nodeId: string, revision: number): Promise<void> {
    await this.#table.delete(nodeId, revision);
  }

  watch(listener: (nodeId: string, entry: NodeEntry | undefined) => void): Promise<() => void> {
    return this.#table.watch((nodeId, entry) => listener(nodeId, entry === undefined ? undefined : nodeEntry(entry)));
  }
}

function nodeEntry({ value, revision }: Entry): NodeEntry {
  return { record: JSON.parse(value) as NodeRecord, revision };
}
