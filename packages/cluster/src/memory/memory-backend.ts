import type { Entry, TableName } from '../control-store.ts';
import type { MemoryControlStore } from './memory-control-store.ts';

interface Record extends Entry {
  readonly writtenAt: number;
}

/** What all clients of one memory store share: the server, so to say. */
export class MemoryBackend {
  readonly leaseTtl: number;
  readonly clients = new Set<MemoryControlStore>();
  readonly blobs = new Map<string, Uint8Array>();
  readonly #tables = new Map<TableName, MemoryRecords>();

  constructor(leaseTtl: number) {
    this.leaseTtl = leaseTtl;
  }

  table(name: TableName): MemoryRecords {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new MemoryRecords(name === 'leases' ? this.leaseTtl : Number.POSITIVE_INFINITY, (key, entry) => {
        for (const client of this.clients) client.changed(name, key, entry);
      });
      this.#tables.set(name, table);
    }
    return table;
  }
}

/** One table: entries under revisions that grow with every change. */
export class MemoryRecords {
  readonly #records = new Map<string, Record>();
  readonly #ttl: number;
  readonly #changed: (key: string, entry: Entry | undefined) => void;
  #revision = 0;

  constructor(ttl: number, changed: (key: string, entry: Entry | undefined) => void) {
    this.#ttl = ttl;
    this.#changed = changed;
  }

  get(key: string): Entry | undefined {
    const record = this.#records.get(key);
    if (record === undefined) return undefined;
    if (performance.now() - record.writtenAt < this.#ttl) {
      return { key, value: record.value, revision: record.revision };
    }
    this.#records.delete(key);
    return undefined;
  }

  list(prefix: string): Entry[] {
    const entries: Entry[] = [];
    for (const key of [...this.#records.keys()]) {
      const entry = key.startsWith(prefix) ? this.get(key) : undefined;
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }

  set(key: string, value: string): number {
    const revision = ++this.#revision;
    this.#records.set(key, { key, value, revision, writtenAt: performance.now() });
    this.#changed(key, { key, value, revision });
    return revision;
  }

  delete(key: string): void {
    if (!this.#records.delete(key)) return;
    this.#revision++;
    this.#changed(key, undefined);
  }
}
