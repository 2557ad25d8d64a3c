/**
 * The small consistent store of cluster facts: who is a member, which names are taken, which jobs run. Everything the
 * cluster needs of a distributed engine stands behind this interface; `memory/` and `nats/` implement it, and
 * `conformance/` holds both to the same behaviour.
 *
 * Calls and objects never go through it.
 */
export interface ControlStore {
  /** For `status`: what it is and how it is doing. */
  readonly description: ControlStoreDescription;
  table(name: TableName): Table;
  /** Large values by content hash: code bundles. */
  readonly blobs: BlobStore;
  /** After how long an entry of `leases` vanishes, in ms. */
  readonly leaseTtl: number;
  /**
   * Tells whoever listens now, this client too; lossy. Does nothing while the store is away. Subjects are words of
   * letters, digits, `_` and `-`, joined by dots; those of `publish` and of `request` have nothing to do with each other.
   */
  publish(subject: string, message: string): void;
  /** `subject` may end in `.*` (any one word) or `.>` (one word or more). Returns what ends it. Survives reconnects. */
  subscribe(subject: string, listener: (message: string, subject: string) => void): () => void;
  /**
   * Asks whoever serves `subject`; one of them, if there are several. Rejects with `NobodyThereError` at once when
   * nobody does (also for a moment after an outage, until the one who does has reconnected), with
   * `ControlPlaneUnavailableError` when `timeout` (ms) is up or the store is lost meanwhile: it may have been heard.
   */
  request(subject: string, message: string, timeout: number): Promise<string>;
  /** Answers requests; what it throws reaches the asker as an `AktisError`. Returns what ends it. */
  serve(subject: string, answer: (message: string) => string | Promise<string>): () => void;
  /**
   * Whether the store can be reached. Calls made while it cannot wait for it, and reject with
   * `ControlPlaneUnavailableError` when the client's time limit is up; what they should change may have happened then.
   */
  readonly available: boolean;
  /** Called with `false` when the store is lost and `true` when it is back; not at the start. Returns what ends it. */
  onAvailable(listener: (available: boolean) => void): () => void;
  /** Ends every watch and subscription; calls reject from now on. */
  close(): Promise<void>;
}

export interface ControlStoreDescription {
  readonly kind: 'memory' | 'nats';
  readonly state: 'CONNECTED' | 'RECONNECTING' | 'CLOSED';
  /** Of the managed server, if it is one. */
  readonly pid?: number;
  readonly servers?: readonly string[];
  /** Why it is not connected, if the store knows. */
  readonly problem?: string;
}

/**
 * - `meta`: `cluster` → facts of the cluster
 * - `nodes`: node id → `NodeRecord`
 * - `leases`: node id → heartbeat number; entries vanish 30 s after they were last written. Absence proves nothing
 * - `actors`: `id.<actor>` and `name.<namespace>.<name>` → `ActorRecord`
 * - `jobs`: job id → `JobRecord`
 * - `groups`: placement group id → `GroupRecord`
 */
export type TableName = 'meta' | 'nodes' | 'leases' | 'actors' | 'jobs' | 'groups';

export interface Entry {
  readonly key: string;
  readonly value: string;
  /** Grows with every change of the table. */
  readonly revision: number;
}

/** Keys are any non-empty strings of up to 512 bytes, values any of up to 512 KiB (usually JSON), in UTF-8. */
export interface Table {
  get(key: string): Promise<Entry | undefined>;
  /** Every entry whose key starts with `prefix`. */
  list(prefix?: string): Promise<Entry[]>;
  /** The new revision, or undefined when the key exists already. */
  create(key: string, value: string): Promise<number | undefined>;
  /** The new revision, or undefined when `revision` is not the newest: somebody was faster. */
  update(key: string, value: string, revision: number): Promise<number | undefined>;
  /** Whatever was there before. */
  put(key: string, value: string): Promise<number>;
  /** False when `revision` is given and is not the newest. Deleting what is not there is fine. */
  delete(key: string, revision?: number): Promise<boolean>;
  /**
   * First every entry there is, then every change, in order, each once. After an outage the newest state is told, not
   * each change on the way there. `entry` undefined: deleted. Resolves once the entries there were have been told.
   * Expiry of a lease is not told, or late.
   */
  watch(listener: (key: string, entry: Entry | undefined) => void, prefix?: string): Promise<() => void>;
}

export interface BlobStore {
  /** Stores `content` unless it is there already. `hash`: hex SHA-256 of it. */
  put(hash: string, content: Uint8Array): Promise<void>;
  /** Undefined when there is none; checked against its hash. */
  get(hash: string): Promise<Uint8Array | undefined>;
  /** Deleting what is not there is fine. */
  delete(hash: string): Promise<void>;
  /** The hashes of all there are. */
  list(): Promise<string[]>;
}
