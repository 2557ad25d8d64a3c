import type { Entry, Table } from '../control-store.ts';
import { checkKey, checkValue } from '../control-store-limits.ts';
import { WatchedEntries } from '../watched-entries.ts';
import type { MemoryRecords } from './memory-backend.ts';

/** How a table reaches the backend as one client sees it. */
interface Way {
  /** Rejects when the client stays unavailable for too long. */
  reach(what: string): Promise<void>;
  /** Runs `task` later, in order, unless the client is unavailable then. */
  later(task: () => void): void;
  /** Resolves after what `later` was given before; rejects when the client is cut off first. */
  settled(what: string): Promise<void>;
}

interface Watch {
  readonly prefix: string;
  readonly entries: WatchedEntries;
}

export class MemoryTable implements Table {
  readonly #name: string;
  readonly #records: MemoryRecords;
  readonly #way: Way;
  readonly #watches = new Set<Watch>();

  constructor(name: string, records: MemoryRecords, way: Way) {
    this.#name = name;
    this.#records = records;
    this.#way = way;
  }

  async get(key: string): Promise<Entry | undefined> {
    checkKey(key);
    await this.#way.reach(`read ${this.#name}`);
    return this.#records.get(key);
  }

  async list(prefix = ''): Promise<Entry[]> {
    await this.#way.reach(`list ${this.#name}`);
    return this.#records.list(prefix);
  }

  async create(key: string, value: string): Promise<number | undefined> {
    await this.#reachForWriting(key, value);
    return this.#records.get(key) === undefined ? this.#records.set(key, value) : undefined;
  }

  async update(key: string, value: string, revision: number): Promise<number | undefined> {
    await this.#reachForWriting(key, value);
    return this.#records.get(key)?.revision === revision ? this.#records.set(key, value) : undefined;
  }

  async put(key: string, value: string): Promise<number> {
    await this.#reachForWriting(key, value);
    return this.#records.set(key, value);
  }

  async delete(key: string, revision?: number): Promise<boolean> {
    checkKey(key);
    await this.#way.reach(`delete from ${this.#name}`);
    if (revision !== undefined && this.#records.get(key)?.revision !== revision) return false;
    this.#records.delete(key);
    return true;
  }

  async watch(listener: (key: string, entry: Entry | undefined) => void, prefix = ''): Promise<() => void> {
    await this.#way.reach(`watch ${this.#name}`);
    const watch: Watch = { prefix, entries: new WatchedEntries(listener) };
    this.#watches.add(watch);
    const end = () => {
      watch.entries.ended = true;
      this.#watches.delete(watch);
    };
    this.#tellAll(watch);
    try {
      await this.#way.settled(`watch ${this.#name}`);
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }

  changed(key: string, entry: Entry | undefined): void {
    for (const watch of this.#watches) {
      if (!key.startsWith(watch.prefix)) continue;
      this.#way.later(() => (entry === undefined ? watch.entries.deleted(key) : watch.entries.set(entry)));
    }
  }

  /** The client is back: what it missed is told. */
  resume(): void {
    for (const watch of this.#watches) this.#tellAll(watch);
  }

  endWatches(): void {
    for (const watch of this.#watches) watch.entries.ended = true;
    this.#watches.clear();
  }

  #tellAll({ prefix, entries }: Watch): void {
    const all = this.#records.list(prefix);
    this.#way.later(() => {
      entries.begin();
      for (const entry of all) entries.set(entry);
      entries.complete();
    });
  }

  async #reachForWriting(key: string, value: string): Promise<void> {
    checkKey(key);
    checkValue(value, `The value of ${key} in ${this.#name}`);
    await this.#way.reach(`write ${this.#name}`);
  }
}
