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
  /** Of this node's own. */
  readonly #revisions = new Map<string, number>();

  constructor(
    store: ControlStore,
    table: TableName,
    prefix: string,
    nodeId: string,
    lives: (nodeId: string) => boolean,
  ) {
    this.#store = store;
    this.#table = table;
    this.#prefix = prefix;
    this.nodeId = nodeId;
    this.#lives = lives;
  }

  /** Whether this node has written it, or inherited it. */
  has(key: string): boolean {
    return this.#revisions.has(key);
  }

  /** The entry there is already; undefined: it is this node's now. */
  async create(key: string, record: R): Promise<Orphan<R> | undefined> {
    const text = JSON.stringify(record);
    for (;;) {
      const revision = await this.#entries.create(this.#prefix + key, text);
      const entry = revision === undefined ? await this.#entries.get(this.#prefix + key) : undefined;
      // The same to the letter: this node has tried before, and did not hear that it had gone well.
      const own = revision ?? (entry?.value === text ? entry.revision : undefined);
      if (own !== undefined) {
        this.#revisions.set(key, own);
        return undefined;
      }
      if (entry !== undefined) return orphanOf(entry);
    }
  }

  /** Does nothing when it is not this node's any more. */
  async change(key: string, change: (record: R) => R): Promise<void> {
    for (;;) {
      const entry = await this.#entries.get(this.#prefix + key);
      if (entry === undefined || !this.has(key) || !this.#isOwn(key, entry)) return;
      const text = JSON.stringify(change(JSON.parse(entry.value) as R));
      const revision = await this.#entries.update(this.#prefix + key, text, entry.revision);
      if (revision === undefined) continue;
      if (this.has(key)) this.#revisions.set(key, revision);
      // It was removed meanwhile, by the revision there was.
      else await this.#entries.delete(this.#prefix + key, revision);
      return;
    }
  }

  async remove(key: string): Promise<void> {
    let revision = this.#revisions.get(key);
    this.#revisions.delete(key);
    for (let attempt = 1; revision !== undefined; attempt++) {
      try {
        if (await this.#entries.delete(this.#prefix + key, revision)) return;
        const entry = await this.#entries.get(this.#prefix + key);
        revision = entry !== undefined && !this.has(key) && this.#isOwn(key, entry) ? entry.revision : undefined;
      } catch (error) {
        // What stays would come to life again when this node dies.
        if (attempt === REMOVALS) throw error;
        await setTimeout(RETRY_MS, undefined, { ref: false });
      }
    }
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
      if (this.#lives(ownerNodeId)) continue;
      // This node may only not have heard of it yet.
      if (!isDead.has(ownerNodeId)) isDead.set(ownerNodeId, !isMember(await nodes.get(ownerNodeId)));
      if (isDead.get(ownerNodeId) === true) orphans.push(orphan);
    }
    return orphans;
  }

  /**
   * It is this node's now. False: another was faster. In one step: who dies after it leaves an orphan again, who dies
   * before it has changed nothing.
   */
  async inherit({ record, entry }: Orphan<R>, change: Partial<R>): Promise<boolean> {
    const text = JSON.stringify({ ...record, ...change, ownerNodeId: this.nodeId });
    const revision = await this.#entries.update(entry.key, text, entry.revision);
    if (revision === undefined) return false;
    this.#revisions.set(entry.key.slice(this.#prefix.length), revision);
    return true;
  }

  /** Nobody is to take it over. */
  async bury({ entry }: Orphan<R>): Promise<void> {
    await this.#entries.delete(entry.key, entry.revision);
  }

  /** Its revision is another one when a change is under way, or was made and never acknowledged. */
  #isOwn(key: string, { value, revision }: Entry): boolean {
    return this.#revisions.get(key) === revision || (JSON.parse(value) as R).ownerNodeId === this.nodeId;
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
