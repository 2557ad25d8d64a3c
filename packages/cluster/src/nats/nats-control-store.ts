import { ClusterUnreachableError, InvalidOptionError } from '@aktis/core';
import { headers, type Msg, TimeoutError } from '@nats-io/transport-node';
import type { BlobStore, ControlStore, ControlStoreDescription, Table, TableName } from '../control-store.ts';
import { NobodyThereError, storeClosed, unavailable } from '../control-store-errors.ts';
import { checkValue } from '../control-store-limits.ts';
import { decodeFailure, encodeFailure } from '../request-failure.ts';
import { checkPattern, checkSubject } from '../subjects.ts';
import { tell } from '../tell.ts';
import { NatsBlobs } from './nats-blobs.ts';
import { NatsConnection, type NatsConnectionOptions } from './nats-connection.ts';
import { isNobodyThere, tablesFailure } from './nats-failures.ts';
import { checkRights, hasJetStream } from './nats-rights.ts';
import { bucket, ensureStream } from './nats-streams.ts';
import { NatsTable } from './nats-table.ts';

export interface NatsControlStoreOptions extends NatsConnectionOptions {
  /** Tells clusters that share a server apart. Default `default`. */
  readonly clusterId?: string;
  /** After how long an entry of `leases` vanishes, in ms. Default 30,000: an election may stop writes for eight seconds. */
  readonly leaseTtl?: number;
  /**
   * Copies of each table: tables that have fewer get them. Default: as many as there are; new ones have 3 where three
   * servers form a cluster, else 1.
   */
  readonly replicas?: 1 | 3;
}

const tableNames: readonly TableName[] = ['meta', 'nodes', 'leases', 'actors', 'jobs', 'groups'];
const failureMark = 'Aktis-Failure';
const LEASE_TTL = 30_000;

/**
 * The control store on NATS JetStream. Per cluster `c`: buckets `aktis_c_<table>` and `aktis_c_blobs`, messages on
 * `aktis.c.msg.<subject>`, requests on `aktis.c.req.<subject>`.
 */
export class NatsControlStore implements ControlStore {
  readonly blobs: BlobStore;
  readonly leaseTtl: number;
  readonly #connection: NatsConnection;
  readonly #tables: ReadonlyMap<TableName, NatsTable>;
  readonly #subjects: string;

  private constructor(connection: NatsConnection, tables: ReadonlyMap<TableName, NatsTable>, options: Prepared) {
    this.#connection = connection;
    this.#tables = tables;
    this.#subjects = `aktis.${options.clusterId}.`;
    this.leaseTtl = options.leaseTtl;
    this.blobs = new NatsBlobs(connection, bucket(`aktis_${options.clusterId}_blobs`));
  }

  /**
   * Connects, and makes the tables where they are missing. Rejects with `AuthenticationError`, or within 10 s with
   * `ClusterUnreachableError`.
   *
   * @example
   * const store = await NatsControlStore.connect({ servers: '127.0.0.1:6379', token, name: 'node-1' });
   */
  static async connect(options: NatsControlStoreOptions): Promise<NatsControlStore> {
    const { clusterId = 'default', leaseTtl = LEASE_TTL } = options;
    if (!/^[A-Za-z0-9-]{1,64}$/.test(clusterId)) {
      throw new InvalidOptionError(`clusterId "${clusterId}" must be 1 to 64 letters, digits and hyphens`);
    }
    const began = performance.now();
    const connection = await NatsConnection.open(options);
    const buckets = tableNames.map(name =>
      bucket(`aktis_${clusterId}_${name}`, name === 'leases' ? leaseTtl : undefined),
    );
    const blobs = bucket(`aktis_${clusterId}_blobs`);
    const ensure = () => Promise.all([...buckets, blobs].map(each => ensureStream(connection, each, options.replicas)));
    try {
      if (!(await hasJetStream(connection))) throw tablesFailure(connection.servers, undefined, false);
      await checkRights(connection, `aktis.${clusterId}.check`);
      await connection.run('make its tables', ensure, Math.max(1000, 10_000 - (performance.now() - began)));
    } catch (error) {
      await connection.close();
      throw error instanceof ClusterUnreachableError ? error : tablesFailure(connection.servers, error, true);
    }
    connection.repair = async () => void (await ensure());
    const tables = new Map(
      tableNames.map((name, i) => [name, new NatsTable(name, connection, buckets[i] as (typeof buckets)[number])]),
    );
    return new NatsControlStore(connection, tables, { clusterId, leaseTtl });
  }

  get description(): ControlStoreDescription {
    const { closed, problem, servers } = this.#connection;
    const state = closed ? 'CLOSED' : this.available ? 'CONNECTED' : 'RECONNECTING';
    return { kind: 'nats', state, servers, ...(problem === undefined ? {} : { problem }) };
  }

  get available(): boolean {
    return this.#connection.connected;
  }

  onAvailable(listener: (available: boolean) => void): () => void {
    return this.#connection.availability.onChange(listener);
  }

  table(name: TableName): Table {
    return this.#tables.get(name) as NatsTable;
  }

  publish(subject: string, message: string): void {
    checkSubject(subject);
    checkValue(message, `A message to ${subject}`);
    // What is published while disconnected would be thrown away later, without a word.
    if (this.available) this.#connection.client.publish(`${this.#subjects}msg.${subject}`, message);
  }

  subscribe(pattern: string, listener: (message: string, subject: string) => void): () => void {
    checkPattern(pattern);
    if (this.#connection.closed) throw storeClosed(`listen to ${pattern}`);
    const { length } = `${this.#subjects}msg.`;
    const subscription = this.#connection.client.subscribe(`${this.#subjects}msg.${pattern}`, {
      callback: (error, message) => {
        if (error === null) tell(() => listener(message.string(), message.subject.slice(length)));
      },
    });
    return () => subscription.unsubscribe();
  }

  async request(subject: string, message: string, timeout: number): Promise<string> {
    checkSubject(subject);
    checkValue(message, `A request to ${subject}`);
    const what = `bring an answer of ${subject}`;
    const end = performance.now() + timeout;
    await this.#connection.reach(what, timeout);
    const left = Math.max(1, end - performance.now());
    const asking = this.#connection.client.request(`${this.#subjects}req.${subject}`, message, { timeout: left });
    let answer: Msg;
    try {
      answer = await this.#connection.availability.orLost(asking, left, () => unavailable(what, timeout));
    } catch (cause) {
      if (isNobodyThere(cause)) throw new NobodyThereError(`Nobody serves ${subject}`, { cause });
      throw cause instanceof TimeoutError ? unavailable(what, timeout, cause) : cause;
    }
    if (answer.headers?.has(failureMark)) throw decodeFailure(answer.string());
    return answer.string();
  }

  serve(subject: string, answer: (message: string) => string | Promise<string>): () => void {
    checkSubject(subject);
    if (this.#connection.closed) throw storeClosed(`serve ${subject}`);
    const subscription = this.#connection.client.subscribe(`${this.#subjects}req.${subject}`, {
      // All who serve it are one group: each request is answered once.
      queue: 'aktis',
      callback: (error, message) => {
        if (error === null) void this.#answer(subject, message, answer);
      },
    });
    return () => subscription.unsubscribe();
  }

  async close(): Promise<void> {
    for (const table of this.#tables.values()) table.close();
    await this.#connection.close();
  }

  async #answer(subject: string, message: Msg, answer: (message: string) => string | Promise<string>): Promise<void> {
    let text: string;
    let marks: ReturnType<typeof headers> | undefined;
    try {
      text = await answer(message.string());
      checkValue(text, `The answer of ${subject}`);
    } catch (error) {
      text = encodeFailure(error);
      marks = headers();
      marks.set(failureMark, '1');
    }
    if (this.available) message.respond(text, marks === undefined ? {} : { headers: marks });
  }
}

interface Prepared {
  readonly clusterId: string;
  readonly leaseTtl: number;
}
