import { headers, nuid } from '@nats-io/transport-node';
import type { Entry, Table, TableName } from '../control-store.ts';
import { checkKey, checkValue } from '../control-store-limits.ts';
import { decodeKey, encodeKey, filterFor } from './key-encoding.ts';
import type { NatsConnection } from './nats-connection.ts';
import { isWrongRevision } from './nats-failures.ts';
import type { Bucket } from './nats-streams.ts';
import { NatsWatch } from './nats-watch.ts';
import { Tombstones } from './tombstones.ts';

/** The newest message of a key: an entry, or the mark that it was deleted. */
interface Stored {
  readonly revision: number;
  readonly deleted: boolean;
  readonly value: string;
  /** Names the write that made it. */
  readonly writeId: string;
}

/** So many reads are under way at a time while a table is listed. */
const READS_AT_ONCE = 128;

export class NatsTable implements Table {
  readonly #name: TableName;
  readonly #connection: NatsConnection;
  readonly #bucket: Bucket;
  readonly #tombstones: Tombstones;
  readonly #watches = new Set<NatsWatch>();

  constructor(name: TableName, connection: NatsConnection, bucket: Bucket) {
    this.#name = name;
    this.#connection = connection;
    this.#bucket = bucket;
    this.#tombstones = new Tombstones(connection, bucket);
  }

  async get(key: string): Promise<Entry | undefined> {
    checkKey(key);
    return this.#connection.run(`read ${this.#name}`, () => this.#entry(key));
  }

  async list(prefix = ''): Promise<Entry[]> {
    return this.#connection.run(`list ${this.#name}`, async () => {
      const keys = await this.#keys(prefix);
      const entries: Entry[] = [];
      for (let at = 0; at < keys.length; at += READS_AT_ONCE) {
        const read = await Promise.all(keys.slice(at, at + READS_AT_ONCE).map(key => this.#entry(key)));
        for (const entry of read) if (entry !== undefined) entries.push(entry);
      }
      return entries;
    });
  }

  async create(key: string, value: string): Promise<number | undefined> {
    this.#check(key, value);
    for (let expected = 0; ; ) {
      const { revision, found } = await this.#write(key, value, expected);
      if (revision !== undefined) return revision;
      // Taken, unless what is there is the mark of a deletion, or vanished meanwhile.
      if (found !== undefined && !found.deleted) return undefined;
      expected = found?.revision ?? 0;
    }
  }

  async update(key: string, value: string, revision: number): Promise<number | undefined> {
    this.#check(key, value);
    if (!(revision > 0)) return undefined;
    return (await this.#write(key, value, revision)).revision;
  }

  async put(key: string, value: string): Promise<number> {
    this.#check(key, value);
    return (await this.#write(key, value)).revision as number;
  }

  async delete(key: string, revision?: number): Promise<boolean> {
    checkKey(key);
    if (revision === undefined && (await this.get(key)) === undefined) return true;
    if (revision !== undefined && !(revision > 0)) return false;
    const written = await this.#write(key, undefined, revision);
    if (written.revision === undefined) return false;
    this.#tombstones.add(encodeKey(key), written.revision);
    return true;
  }

  async watch(listener: (key: string, entry: Entry | undefined) => void, prefix = ''): Promise<() => void> {
    const watch = new NatsWatch(this.#connection, this.#bucket, prefix, listener, this.#tombstones);
    this.#watches.add(watch);
    const end = () => {
      this.#watches.delete(watch);
      watch.end();
    };
    try {
      await watch.start(`watch ${this.#name}`);
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }

  close(): void {
    for (const watch of this.#watches) watch.end();
    this.#watches.clear();
    this.#tombstones.close();
  }

  #check(key: string, value: string): void {
    checkKey(key);
    checkValue(value, `The value of ${key} in ${this.#name}`);
  }

  /**
   * Writes `value`, or the mark of a deletion. With `expected` only if the key's newest message has that revision (0:
   * there is none); otherwise `revision` is undefined and `found` is what is there. A write whose acknowledgement was
   * lost is sent again under the same name: the server, or what it stored, tells that it was done.
   */
  #write(key: string, value: string | undefined, expected?: number): Promise<{ revision?: number; found?: Stored }> {
    const msgID = nuid.next();
    const subject = this.#bucket.prefix + encodeKey(key);
    return this.#connection.run(`write ${this.#name}`, async () => {
      const marks = headers();
      if (value === undefined) marks.set('KV-Operation', 'DEL');
      if (expected !== undefined) marks.set('Nats-Expected-Last-Subject-Sequence', String(expected));
      try {
        const { seq } = await this.#connection.jetstream.publish(subject, value ?? '', { msgID, headers: marks });
        return { revision: seq };
      } catch (error) {
        if (!isWrongRevision(error)) throw error;
        const found = await this.#read(key);
        if (found?.writeId === msgID) return { revision: found.revision };
        return found === undefined ? {} : { found };
      }
    });
  }

  async #entry(key: string): Promise<Entry | undefined> {
    const stored = await this.#read(key);
    return stored === undefined || stored.deleted ? undefined : { key, value: stored.value, revision: stored.revision };
  }

  async #read(key: string): Promise<Stored | undefined> {
    const message = await this.#connection.manager.streams.getMessage(this.#bucket.stream, {
      last_by_subj: this.#bucket.prefix + encodeKey(key),
    });
    if (message === null) return undefined;
    return {
      revision: message.seq,
      deleted: message.header?.get('KV-Operation') !== '',
      value: Buffer.from(message.data).toString(),
      writeId: message.header?.get('Nats-Msg-Id') ?? '',
    };
  }

  /** All keys that have a message, deletions among them. */
  async #keys(prefix: string): Promise<string[]> {
    const { state } = await this.#connection.manager.streams.info(this.#bucket.stream, {
      subjects_filter: this.#bucket.prefix + filterFor(prefix),
    });
    return Object.keys(state.subjects ?? {})
      .map(subject => decodeKey(subject.slice(this.#bucket.prefix.length)))
      .filter(key => key.startsWith(prefix));
  }
}
