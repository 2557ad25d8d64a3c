import { setTimeout } from 'node:timers/promises';
import type { ControlStore, Entry, TableName } from '../control-store.ts';
import type { NodeRecord } from '../records.ts';
import type { Kept } from './keeper-fate.ts';

const REMOVALS = 60;
const RETRY_MS = 1_000;

/** What a node kept that is dead. */
export interface Orphan<R extends Kept> {
  readonly record: R;
  readonly entry: Entry;
}

/**
 * What outlives the nodes that keep it, as the control store has it: each entry is one node's at a time, by compare-and-set,
 * and whoever is first takes over what a dead one kept.
 */
export class KeptRecords<R extends Kept> {
  readonly nodeId: string;
  readonly #store: ControlStore;
  readonly #table: TableName;
  readonly #prefix: string;
  readonly #lives: (nodeId: string) => boolean;
  readonly #idOf: (record: R) => string;
  /**
   * What this node's own entries are about. What was asked for counts: a store that was lost meanwhile may have done it. So
   * an entry is this node's when it says so and is about the same, whatever its revision.
   */
  readonly #own = new Map<string, string>();
  readonly #removing = new Map<string, Promise<void>>();
  /** Orphans that this node tried to take over, and was not told whether it has. */
  readonly #doubtful = new Map<string, R>();

  constructor(
    store: ControlStore,
    table: TableName,
    prefix: string,
    nodeId: string,
    lives: (nodeId: string) => boolean,
    idOf: (record: R) => string,
  ) {
    this.#store = store;
    this.#table = table;
    this.#prefix = prefix;
    this.nodeId = nodeId;
    this.#lives = lives;
    this.#idOf = idOf;
  }

  /** Whether this node has written it, or inherited it, for what has this id. */
  has(key: string, id: string): boolean {
    return this.#own.get(key) === id;
  }

  /** The entry there is already; undefined: it is this node's now. When it rejects it may be, until it is removed. */
  async create(key: string, record: R): Promise<Orphan<R> | undefined> {
    const id = this.#idOf(record);
    // What had the key before on this node may be on its way out.
    await this.#removing.get(key)?.catch(() => {});
    this.#own.set(key, id);
    for (;;) {
      const revision = await this.#entries.create(this.#prefix + key, JSON.stringify(record));
      const entry = revision === undefined ? await this.#entries.get(this.#prefix + key) : undefined;
      if (revision === undefined && entry === undefined) continue;
      if (entry === undefined || this.#isOwn(entry, id)) {
        // It may have been removed meanwhile, in vain.
        this.#own.set(key, id);
        return undefined;
      }
      if (this.#own.get(key) === id) this.#own.delete(key);
      return orphanOf(entry);
    }
  }

  /** Does nothing when it is not this node's any more. */
  async change(key: string, change: (record: R) => R): Promise<void> {
    for (;;) {
      const entry = await this.#entries.get(this.#prefix + key);
      if (entry === undefined || !this.#isOwn(entry, this.#own.get(key))) return;
      const text = JSON.stringify(change(JSON.parse(entry.value) as R));
      if ((await this.#entries.update(this.#prefix + key, text, entry.revision)) !== undefined) return;
    }
  }

  /** Resolves when it is gone, if it was this node's; it waits for a store that is away. */
  remove(key: string): Promise<void> {
    const id = this.#own.get(key);
    if (id === undefined) return this.#removing.get(key) ?? Promise.resolve();
    this.#own.delete(key);
    const removing = this.#remove(key, id).finally(() => {
      if (this.#removing.get(key) === removing) this.#removing.delete(key);
    });
    this.#removing.set(key, removing);
    return removing;
  }

  async #remove(key: string, id: string): Promise<void> {
    for (let attempt = 1; ; ) {
      try {
        const entry = await this.#entries.get(this.#prefix + key);
        if (entry === undefined || !this.#isOwn(entry, id)) return;
        if (await this.#entries.delete(entry.key, entry.revision)) return;
      } catch (error) {
        // What stays would come to life again when this node dies.
        if (attempt++ === REMOVALS) throw error;
        await setTimeout(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  #isOwn(entry: Entry, id: string | undefined): boolean {
    const record = JSON.parse(entry.value) as R;
    return record.ownerNodeId === this.nodeId && this.#idOf(record) === id;
  }

  async find(key: string): Promise<R | null> {
    const entry = await this.#entries.get(this.#prefix + key);
    return entry === undefined ? null : (JSON.parse(entry.value) as R);
  }

  async all(): Promise<R[]> {
    return (await this.#entries.list(this.#prefix)).map(({ value }) => JSON.parse(value) as R);
  }

  /** All that dead nodes kept, also those that died long ago, or before they had written this. */
  async orphans(): Promise<Orphan<R>[]> {
    const nodes = this.#store.table('nodes');
    const isDead = new Map<string, boolean>();
    const orphans: Orphan<R>[] = [];
    for (const entry of await this.#entries.list(this.#prefix)) {
      const orphan = orphanOf<R>(entry);
      const { ownerNodeId } = orphan.record;
      const before = ownerNodeId === this.nodeId ? this.#doubtful.get(entry.key) : undefined;
      if (before !== undefined && this.#idOf(before) === this.#idOf(orphan.record)) {
        orphans.push({ record: before, entry });
        continue;
      }
      if (this.#lives(ownerNodeId)) continue;
      // This node may only not have heard of it yet.
      if (!isDead.has(ownerNodeId)) isDead.set(ownerNodeId, !isMember(await nodes.get(ownerNodeId)));
      if (isDead.get(ownerNodeId) === true) orphans.push(orphan);
    }
    return orphans;
  }

  /**
   * It is this node's now. False: another was faster. In one step: who dies after it leaves an orphan again, who dies
   * before it has changed nothing. When it rejects, the orphan may be found once more.
   */
  async inherit({ record, entry }: Orphan<R>, change: Partial<R>): Promise<boolean> {
    const text = JSON.stringify({ ...record, ...change, ownerNodeId: this.nodeId });
    this.#doubtful.set(entry.key, record);
    const revision = await this.#entries.update(entry.key, text, entry.revision);
    this.#doubtful.delete(entry.key);
    if (revision === undefined) return false;
    this.#own.set(entry.key.slice(this.#prefix.length), this.#idOf(record));
    return true;
  }

  /** Nobody is to take it over. */
  async bury({ entry }: Orphan<R>): Promise<void> {
    await this.#entries.delete(entry.key, entry.revision);
  }

  get #entries() {
    return this.#store.table(this.#table);
  }
}

function orphanOf<R extends Kept>(entry: Entry): Orphan<R> {
  return { record: JSON.parse(entry.value) as R, entry };
}

function isMember(entry: Entry | undefined): boolean {
  return entry !== undefined && (JSON.parse(entry.value) as NodeRecord).state !== 'DEAD';
}
