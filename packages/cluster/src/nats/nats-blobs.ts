import { nuid } from '@nats-io/transport-node';
import { blobHash, checkBlobHash } from '../blob-hash.ts';
import type { BlobStore } from '../control-store.ts';
import { InvalidControlValueError } from '../control-store-limits.ts';
import type { NatsConnection } from './nats-connection.ts';
import type { Bucket } from './nats-streams.ts';

/** Smaller than the largest message of any server, also as the base64 in which it is read. */
const CHUNK = 512 * 1024;
const CHUNKS_AT_ONCE = 4;

/** What is kept of a blob beside its chunks, written when all of them are there. */
interface Summary {
  readonly bytes: number;
  readonly chunks: number;
}

/**
 * Blobs as chunks under their content's hash: `<hash>.<number>`, and `<hash>.blob` that says how many. Whoever puts the
 * same content writes the same bytes to the same places, so it does no harm when several do at once. (NATS' own object
 * store leaves chunks behind then, and takes them from readers.)
 */
export class NatsBlobs implements BlobStore {
  readonly #connection: NatsConnection;
  readonly #bucket: Bucket;

  constructor(connection: NatsConnection, bucket: Bucket) {
    this.#connection = connection;
    this.#bucket = bucket;
  }

  async put(hash: string, content: Uint8Array): Promise<void> {
    checkBlobHash(hash, content);
    if ((await this.#summary(hash)) !== undefined) return;
    const chunks = Math.ceil(content.length / CHUNK);
    await inGroups(chunks, n => this.#write(`${hash}.${n}`, content.subarray(n * CHUNK, (n + 1) * CHUNK)));
    const summary: Summary = { bytes: content.length, chunks };
    await this.#write(`${hash}.blob`, Buffer.from(JSON.stringify(summary)));
  }

  async get(hash: string): Promise<Uint8Array | undefined> {
    checkBlobHash(hash);
    const summary = await this.#summary(hash);
    if (summary === undefined) return undefined;
    const content = new Uint8Array(summary.bytes);
    let complete = true;
    await inGroups(summary.chunks, async n => {
      const chunk = await this.#read(`${hash}.${n}`);
      if (chunk === undefined || n * CHUNK + chunk.length > content.length) complete = false;
      else content.set(chunk, n * CHUNK);
    });
    // Deleted while it was read.
    if (!complete && (await this.#summary(hash)) === undefined) return undefined;
    if (!complete || blobHash(content) !== hash) {
      throw new InvalidControlValueError(`Blob ${hash.slice(0, 12)}… is damaged in the control store: put it again`);
    }
    return content;
  }

  async delete(hash: string): Promise<void> {
    checkBlobHash(hash);
    // First what makes it a blob, so that nobody finds one without its chunks.
    await this.#purge(`${hash}.blob`);
    await this.#purge(`${hash}.>`);
  }

  async list(): Promise<string[]> {
    const { prefix, stream } = this.#bucket;
    const { state } = await this.#connection.run('list blobs', () =>
      this.#connection.manager.streams.info(stream, { subjects_filter: `${prefix}*.blob` }),
    );
    return Object.keys(state.subjects ?? {}).map(subject => subject.slice(prefix.length, -'.blob'.length));
  }

  async #summary(hash: string): Promise<Summary | undefined> {
    const content = await this.#read(`${hash}.blob`);
    return content === undefined ? undefined : (JSON.parse(Buffer.from(content).toString()) as Summary);
  }

  async #write(key: string, content: Uint8Array): Promise<void> {
    const msgID = nuid.next();
    const subject = this.#bucket.prefix + key;
    await this.#connection.run('store a blob', () => this.#connection.jetstream.publish(subject, content, { msgID }));
  }

  async #read(key: string): Promise<Uint8Array | undefined> {
    const { manager } = this.#connection;
    const query = { last_by_subj: this.#bucket.prefix + key };
    const message = await this.#connection.run('read a blob', () =>
      manager.streams.getMessage(this.#bucket.stream, query),
    );
    return message?.data;
  }

  async #purge(key: string): Promise<void> {
    const filter = this.#bucket.prefix + key;
    await this.#connection.run('delete a blob', () =>
      this.#connection.manager.streams.purge(this.#bucket.stream, { filter }),
    );
  }
}

async function inGroups(count: number, task: (n: number) => Promise<void>): Promise<void> {
  for (let at = 0; at < count; at += CHUNKS_AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(CHUNKS_AT_ONCE, count - at) }, (_, i) => task(at + i)));
  }
}
