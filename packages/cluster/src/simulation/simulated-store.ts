import { ControlPlaneUnavailableError } from '@aktis/core';
import { AktisError } from '@aktis/transport';
import type { BlobStore, ControlStore, ControlStoreDescription, Entry, Table, TableName } from '../control-store.ts';
import { NobodyThereError } from '../control-store-errors.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { SimulatedTable } from './simulated-table.ts';
import type { VirtualTime } from './virtual-time.ts';

const LEASE_LIFETIME_MS = 30_000;
const OPERATION_TIMEOUT_MS = 5_000;

/** The server of a control store in virtual time: what all its clients share. */
export class SimulatedStoreServer {
  readonly time: VirtualTime;
  readonly random: () => number;
  readonly clients = new Set<SimulatedStore>();
  /** What reaches all those that are equally far away is one event. */
  readonly clientsByLatency = new Map<number, Set<SimulatedStore>>();
  readonly blobs = new Map<string, Uint8Array>();
  readonly #tables = new Map<TableName, SimulatedTable>();
  isUp = true;
  /** Messages that reached somebody. */
  delivered = 0;

  constructor(time: VirtualTime, random: () => number) {
    this.time = time;
    this.random = random;
  }

  table(name: TableName): SimulatedTable {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new SimulatedTable(this.time, name === 'leases' ? LEASE_LIFETIME_MS : Number.POSITIVE_INFINITY);
      this.#tables.set(name, table);
    }
    return table;
  }

  connect(process: SimulatedProcess): SimulatedStore {
    return new SimulatedStore(this, process);
  }

  /** The server dies: its clients notice within a second, since their connections close. */
  goDown(): void {
    this.isUp = false;
    for (const client of this.clients) client.connectionLost(this.random() * 1_000);
  }

  comeUp(): void {
    this.isUp = true;
    for (const client of this.clients) client.reconnect();
  }
}

interface Subscription {
  readonly prefix: string;
  readonly exact: boolean;
  readonly listener: (message: string, subject: string) => void;
}

/** What one process has of the store. Messages take time, and are lost while its cable is cut or the server is down. */
export class SimulatedStore implements ControlStore {
  readonly #server: SimulatedStoreServer;
  readonly #process: SimulatedProcess;
  readonly #latency: number;
  readonly #subscriptions = new Set<Subscription>();
  readonly #services = new Map<string, (message: string) => string | Promise<string>>();
  readonly #availability = new Set<(available: boolean) => void>();
  readonly #watches = new Set<() => void>();
  readonly leaseTtl = LEASE_LIFETIME_MS;
  /** What the client believes. */
  available = true;
  /** What the server believes. */
  isConnected = true;
  #isCut = false;
  #cuts = 0;
  #isClosed = false;

  constructor(server: SimulatedStoreServer, process: SimulatedProcess) {
    this.#server = server;
    this.#process = process;
    // A few different ones, in whole tenths of a millisecond: what happens at the same moment costs one step.
    this.#latency = (1 + Math.floor(server.random() * 5)) / 10;
    server.clients.add(this);
    const equallyFar = server.clientsByLatency.get(this.#latency) ?? new Set();
    server.clientsByLatency.set(this.#latency, equallyFar.add(this));
  }

  get description(): ControlStoreDescription {
    return { kind: 'memory', state: this.#isClosed ? 'CLOSED' : this.available ? 'CONNECTED' : 'RECONNECTING' };
  }

  get blobs(): BlobStore {
    const { blobs } = this.#server;
    return {
      put: (hash, content) => this.#call(() => void blobs.set(hash, content)),
      get: hash => this.#call(() => blobs.get(hash)),
      delete: hash => this.#call(() => void blobs.delete(hash)),
      list: () => this.#call(() => [...blobs.keys()]),
    };
  }

  table(name: TableName): Table {
    const table = this.#server.table(name);
    return {
      get: key => this.#call(() => table.get(key)),
      list: (prefix = '') => this.#call(() => table.list(prefix)),
      create: (key, value) => this.#call(() => table.create(key, value)),
      update: (key, value, revision) => this.#call(() => table.update(key, value, revision)),
      put: (key, value) => this.#call(() => table.put(key, value)),
      delete: (key, revision) => this.#call(() => table.delete(key, revision)),
      watch: (listener, prefix = '') => this.#watch(table, listener, prefix),
    };
  }

  publish(subject: string, message: string): void {
    if (!this.available) return;
    this.#toServer(() => {
      for (const [latency, group] of this.#server.clientsByLatency) {
        this.#server.time.after(latency, () => {
          for (const client of group) client.#deliver(subject, message);
        });
      }
    });
  }

  subscribe(subject: string, listener: (message: string, subject: string) => void): () => void {
    const exact = !/[*>]$/.test(subject);
    const subscription: Subscription = { prefix: subject.replace(/[*>]$/, ''), exact, listener };
    this.#subscriptions.add(subscription);
    return () => this.#subscriptions.delete(subscription);
  }

  request(subject: string, message: string, timeout: number): Promise<string> {
    return this.#call(() => {
      for (const server of this.#server.clients) {
        const answer = server.isConnected ? server.#services.get(subject) : undefined;
        if (answer !== undefined) return server.#ask(answer, message);
      }
      throw new NobodyThereError(`Nobody serves ${subject}`);
    }, timeout);
  }

  serve(subject: string, answer: (message: string) => string | Promise<string>): () => void {
    this.#services.set(subject, answer);
    return () => this.#services.delete(subject);
  }

  onAvailable(listener: (available: boolean) => void): () => void {
    this.#availability.add(listener);
    return () => this.#availability.delete(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.available = this.isConnected = false;
    this.#server.clients.delete(this);
    this.#server.clientsByLatency.get(this.#latency)?.delete(this);
  }

  /** Nothing gets through any more. When the two sides notice: so many milliseconds later, if it lasts so long. */
  cut(clientNotices: number, serverNotices: number): void {
    this.#isCut = true;
    this.connectionLost(clientNotices);
    const cut = this.#cuts;
    this.#server.time.after(serverNotices, () => {
      if (this.#cuts === cut) this.isConnected = false;
    });
  }

  mend(): void {
    this.#isCut = false;
    this.reconnect();
  }

  connectionLost(clientNotices: number): void {
    const cut = ++this.#cuts;
    this.#process.after(clientNotices, () => {
      if (this.#cuts === cut) this.#setAvailable(false);
    });
    if (!this.#server.isUp) this.isConnected = false;
  }

  reconnect(): void {
    if (!this.#isReachable) return;
    this.#cuts++;
    // Who noticed tries again from time to time; who did not goes on, as TCP does.
    const cut = this.#cuts;
    this.#process.after(this.available && this.isConnected ? 0 : this.#server.random() * 2_000, () => {
      if (!this.#isReachable || this.#cuts !== cut) return;
      this.isConnected = true;
      this.#setAvailable(true);
      for (const catchUp of this.#watches) catchUp();
    });
  }

  /** The process is gone, and with it its connection. */
  killed(): void {
    void this.close();
  }

  get #isReachable(): boolean {
    return this.#server.isUp && !this.#isCut && !this.#isClosed;
  }

  #setAvailable(available: boolean): void {
    if (this.available === available || this.#isClosed) return;
    this.available = available;
    for (const listener of [...this.#availability]) listener(available);
  }

  #toServer(callback: () => void): void {
    this.#server.time.after(this.#latency, () => {
      if (this.#isReachable && this.isConnected) callback();
    });
  }

  #toClient(callback: () => void): void {
    this.#server.time.after(this.#latency, () => {
      // What arrived is in the kernel's buffer; a stopped process reads it later.
      if (this.#isReachable) this.#process.receive(callback);
    });
  }

  #deliver(subject: string, message: string): void {
    if (!this.isConnected || !this.#isReachable) return;
    for (const { prefix, exact, listener } of this.#subscriptions) {
      if (exact ? subject !== prefix : !subject.startsWith(prefix)) continue;
      this.#server.delivered++;
      if (this.#process.state === 'running') listener(message, subject);
      else this.#process.receive(() => listener(message, subject));
    }
  }

  #ask(answer: (message: string) => string | Promise<string>, message: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#toClient(async () => {
        try {
          const reply = await answer(message);
          this.#toServer(() => resolve(reply));
        } catch (error) {
          this.#toServer(() => reject(new AktisError(String(error))));
        }
      });
    });
  }

  #call<T>(operation: () => T | Promise<T>, timeout = OPERATION_TIMEOUT_MS): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const fail = () => reject(new ControlPlaneUnavailableError('The simulated store does not answer'));
      if (!this.available) return fail();
      this.#process.after(timeout, fail);
      this.#toServer(async () => {
        try {
          const result = await operation();
          this.#toClient(() => resolve(result));
        } catch (error) {
          this.#toClient(() => reject(error));
        }
      });
    });
  }

  async #watch(table: SimulatedTable, listener: Parameters<Table['watch']>[0], prefix: string): Promise<() => void> {
    let told = 0;
    const tell = () => {
      while (told < table.changes.length) {
        const { key, entry } = table.changes[told++] as { key: string; entry: Entry | undefined };
        if (key.startsWith(prefix)) listener(key, entry);
      }
    };
    const catchUp = () => {
      if (this.#isReachable && this.isConnected) this.#toClient(tell);
    };
    const entries = await this.#call(() => {
      told = table.changes.length;
      return table.list(prefix);
    });
    for (const entry of entries) listener(entry.key, entry);
    tell();
    table.onChange.add(catchUp);
    this.#watches.add(catchUp);
    return () => {
      table.onChange.delete(catchUp);
      this.#watches.delete(catchUp);
    };
  }
}
