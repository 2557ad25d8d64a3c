import type { BlobStore, ControlStore, ControlStoreDescription, Entry, Table, TableName } from '../control-store.ts';
import type { Lifeline } from './lifeline.ts';

/** A control store as a process sees it that may be frozen or dead. */
export class HeldStore implements ControlStore {
  readonly blobs: BlobStore;
  readonly #store: ControlStore;
  readonly #life: Lifeline;
  readonly #tables = new Map<TableName, Table>();

  constructor(store: ControlStore, life: Lifeline) {
    this.#store = store;
    this.#life = life;
    this.blobs = {
      put: (hash, content) => life.through(() => store.blobs.put(hash, content)),
      get: hash => life.through(() => store.blobs.get(hash)),
      delete: hash => life.through(() => store.blobs.delete(hash)),
      list: () => life.through(() => store.blobs.list()),
    };
  }

  get description(): ControlStoreDescription {
    return this.#store.description;
  }

  get leaseTtl(): number {
    return this.#store.leaseTtl;
  }

  get available(): boolean {
    return this.#store.available;
  }

  table(name: TableName): Table {
    let table = this.#tables.get(name);
    if (table === undefined) this.#tables.set(name, (table = new HeldTable(this.#store.table(name), this.#life)));
    return table;
  }

  publish(subject: string, message: string): void {
    if (this.#life.state === 'running') this.#store.publish(subject, message);
  }

  subscribe(subject: string, listener: (message: string, subject: string) => void): () => void {
    return this.#store.subscribe(subject, (message, of) => this.#life.receive(() => listener(message, of)));
  }

  request(subject: string, message: string, timeout: number): Promise<string> {
    return this.#life.through(() => this.#store.request(subject, message, timeout));
  }

  serve(subject: string, answer: (message: string) => string | Promise<string>): () => void {
    return this.#store.serve(subject, message => this.#life.through(async () => answer(message)));
  }

  onAvailable(listener: (available: boolean) => void): () => void {
    return this.#store.onAvailable(available => this.#life.receive(() => listener(available)));
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

class HeldTable implements Table {
  readonly #table: Table;
  readonly #life: Lifeline;

  constructor(table: Table, life: Lifeline) {
    this.#table = table;
    this.#life = life;
  }

  get(key: string): Promise<Entry | undefined> {
    return this.#life.through(() => this.#table.get(key));
  }

  list(prefix?: string): Promise<Entry[]> {
    return this.#life.through(() => this.#table.list(prefix));
  }

  create(key: string, value: string): Promise<number | undefined> {
    return this.#life.through(() => this.#table.create(key, value));
  }

  update(key: string, value: string, revision: number): Promise<number | undefined> {
    return this.#life.through(() => this.#table.update(key, value, revision));
  }

  put(key: string, value: string): Promise<number> {
    return this.#life.through(() => this.#table.put(key, value));
  }

  delete(key: string, revision?: number): Promise<boolean> {
    return this.#life.through(() => this.#table.delete(key, revision));
  }

  watch(listener: (key: string, entry: Entry | undefined) => void, prefix?: string): Promise<() => void> {
    const held = (key: string, entry: Entry | undefined) => this.#life.receive(() => listener(key, entry));
    return this.#life.through(() => this.#table.watch(held, prefix));
  }
}
