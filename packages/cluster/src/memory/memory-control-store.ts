import { Availability } from '../availability.ts';
import { checkBlobHash } from '../blob-hash.ts';
import type { BlobStore, ControlStore, ControlStoreDescription, Entry, Table, TableName } from '../control-store.ts';
import { NobodyThereError, storeClosed, unavailable } from '../control-store-errors.ts';
import { checkValue } from '../control-store-limits.ts';
import { decodeFailure, encodeFailure } from '../request-failure.ts';
import { checkPattern, checkSubject, matches } from '../subjects.ts';
import { tell } from '../tell.ts';
import { MemoryBackend } from './memory-backend.ts';
import { MemoryTable } from './memory-table.ts';

export interface MemoryControlStoreOptions {
  /** How long a call waits for a store that is away, in ms. Default 10,000. */
  readonly timeout?: number;
  /** After how long an entry of `leases` vanishes, in ms. Default 30,000. */
  readonly leaseTtl?: number;
}

type Answer = (message: string) => string | Promise<string>;

/**
 * A control store in this process: for a node that is alone, and for tests of several nodes in one process. What it
 * tells, it tells later and in order, as a network would.
 *
 * @example
 * const first = new MemoryControlStore();
 * const second = first.connect(); // another client of the same store
 * second.setAvailable(false); // an outage, as `second` sees it
 */
export class MemoryControlStore implements ControlStore {
  readonly blobs: BlobStore;
  readonly leaseTtl: number;
  readonly #options: MemoryControlStoreOptions;
  readonly #backend: MemoryBackend;
  readonly #timeout: number;
  readonly #availability = new Availability();
  readonly #tables = new Map<TableName, MemoryTable>();
  readonly #subscriptions = new Set<{ pattern: string; listener: (message: string, subject: string) => void }>();
  readonly #served = new Map<string, Answer[]>();
  #later: (() => void)[] = [];
  #closed = false;

  constructor(options: MemoryControlStoreOptions = {}, backend = new MemoryBackend(options.leaseTtl ?? 30_000)) {
    this.#options = options;
    this.#backend = backend;
    this.#timeout = options.timeout ?? 10_000;
    this.leaseTtl = backend.leaseTtl;
    this.blobs = this.#makeBlobs();
    backend.clients.add(this);
  }

  /** Another client of the same store. */
  connect(options: MemoryControlStoreOptions = this.#options): MemoryControlStore {
    return new MemoryControlStore(options, this.#backend);
  }

  get description(): ControlStoreDescription {
    return { kind: 'memory', state: this.#closed ? 'CLOSED' : this.available ? 'CONNECTED' : 'RECONNECTING' };
  }

  get available(): boolean {
    return this.#availability.available;
  }

  onAvailable(listener: (available: boolean) => void): () => void {
    return this.#availability.onChange(listener);
  }

  /** Cuts this client off from the store, or joins it again. */
  setAvailable(available: boolean): void {
    if (this.#closed || available === this.available) return;
    if (!available) this.#later = [];
    this.#availability.set(available);
    if (available) for (const table of this.#tables.values()) table.resume();
  }

  table(name: TableName): Table {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new MemoryTable(name, this.#backend.table(name), {
        reach: what => this.#reach(what),
        later: task => this.#runLater(task),
        settled: what => this.#settled(what),
      });
      this.#tables.set(name, table);
    }
    return table;
  }

  publish(subject: string, message: string): void {
    checkSubject(subject);
    checkValue(message, `A message to ${subject}`);
    if (!this.#connected) return;
    for (const client of this.#backend.clients) client.#receive(subject, message);
  }

  subscribe(pattern: string, listener: (message: string, subject: string) => void): () => void {
    checkPattern(pattern);
    if (this.#closed) throw storeClosed(`listen to ${pattern}`);
    const subscription = { pattern, listener };
    this.#subscriptions.add(subscription);
    return () => this.#subscriptions.delete(subscription);
  }

  async request(subject: string, message: string, timeout: number): Promise<string> {
    checkSubject(subject);
    checkValue(message, `A request to ${subject}`);
    const began = performance.now();
    await this.#reach(`ask ${subject}`, timeout);
    const left = timeout - (performance.now() - began);
    const answer = this.#ask(subject, message);
    return this.#availability.orLost(answer, left, () => unavailable(`bring an answer of ${subject}`, timeout));
  }

  serve(subject: string, answer: Answer): () => void {
    checkSubject(subject);
    if (this.#closed) throw storeClosed(`serve ${subject}`);
    const answers = this.#served.get(subject) ?? [];
    answers.push(answer);
    this.#served.set(subject, answers);
    return () => {
      const at = answers.indexOf(answer);
      if (at >= 0) answers.splice(at, 1);
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#backend.clients.delete(this);
    this.#later = [];
    this.#availability.end();
    for (const table of this.#tables.values()) table.endWatches();
    this.#subscriptions.clear();
    this.#served.clear();
  }

  /** For the backend: tells watches. */
  changed(name: TableName, key: string, entry: Entry | undefined): void {
    this.#tables.get(name)?.changed(key, entry);
  }

  get #connected(): boolean {
    return this.available && !this.#closed;
  }

  #receive(subject: string, message: string): void {
    for (const subscription of this.#subscriptions) {
      if (!matches(subscription.pattern, subject)) continue;
      this.#runLater(() => {
        if (this.#subscriptions.has(subscription)) tell(() => subscription.listener(message, subject));
      });
    }
  }

  #ask(subject: string, message: string): Promise<string> {
    for (const client of this.#backend.clients) {
      const answer = client.#connected ? client.#served.get(subject)?.[0] : undefined;
      if (answer === undefined) continue;
      return new Promise((resolve, reject) => {
        client.#runLater(async () => {
          const reply = await settle(subject, answer, message);
          // An answer of a client that is cut off by now reaches nobody.
          if (client.#connected)
            this.#runLater(() => ('failure' in reply ? reject(decodeFailure(reply.failure)) : resolve(reply.text)));
        });
      });
    }
    return Promise.reject(new NobodyThereError(`Nobody serves ${subject}`));
  }

  async #reach(what: string, timeout = this.#timeout): Promise<void> {
    if (this.#closed) throw storeClosed(what);
    const reached = await this.#availability.until(timeout);
    if (this.#closed) throw storeClosed(what);
    if (!reached) throw unavailable(what, timeout);
  }

  #settled(what: string): Promise<void> {
    const settled = new Promise<void>(resolve => this.#runLater(resolve));
    return this.#availability.orLost(settled, this.#timeout, () => unavailable(what, this.#timeout));
  }

  #runLater(task: () => void): void {
    if (!this.#connected) return;
    this.#later.push(task);
    if (this.#later.length === 1) setImmediate(() => this.#runAll());
  }

  #runAll(): void {
    const tasks = this.#later;
    this.#later = [];
    for (const task of tasks) if (this.#connected) task();
  }

  #makeBlobs(): BlobStore {
    const { blobs } = this.#backend;
    return {
      put: async (hash, content) => {
        checkBlobHash(hash, content);
        await this.#reach('store a blob');
        if (!blobs.has(hash)) blobs.set(hash, Uint8Array.from(content));
      },
      get: async hash => {
        checkBlobHash(hash);
        await this.#reach('read a blob');
        const content = blobs.get(hash);
        return content === undefined ? undefined : Uint8Array.from(content);
      },
      delete: async hash => {
        checkBlobHash(hash);
        await this.#reach('delete a blob');
        blobs.delete(hash);
      },
      list: async () => {
        await this.#reach('list blobs');
        return [...blobs.keys()];
      },
    };
  }
}

async function settle(
  subject: string,
  answer: Answer,
  message: string,
): Promise<{ text: string } | { failure: string }> {
  try {
    const text = await answer(message);
    checkValue(text, `The answer of ${subject}`);
    return { text };
  } catch (error) {
    return { failure: encodeFailure(error) };
  }
}
