import type { NatsConnection } from './nats-connection.ts';
import type { Bucket } from './nats-streams.ts';

/** Every watch has been told of a deletion long before its mark is removed, in ms. */
const KEPT = 60_000;

/**
 * A deletion leaves a mark in the stream, for watches. Whoever deletes removes it after a minute; those of clients that
 * were gone by then are removed by whoever comes across them.
 */
export class Tombstones {
  readonly #connection: NatsConnection;
  readonly #bucket: Bucket;
  readonly #kept: number;
  #waiting: { readonly key: string; readonly revision: number; readonly at: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: NatsConnection, bucket: Bucket, kept = KEPT) {
    this.#connection = connection;
    this.#bucket = bucket;
    this.#kept = kept;
  }

  /** @param key encoded; @param age of the mark, in ms */
  add(key: string, revision: number, age = 0): void {
    this.#waiting.push({ key, revision, at: performance.now() + Math.max(0, this.#kept - age) });
    this.#schedule();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#waiting.length === 0) return;
    this.#timer = setTimeout(() => this.#remove(), this.#kept / 4);
    this.#timer.unref();
  }

  async #remove(): Promise<void> {
    const now = performance.now();
    const due = this.#waiting.filter(({ at }) => at <= now);
    this.#waiting = this.#waiting.filter(({ at }) => at > now);
    try {
      for (const { key, revision } of due) {
        // Up to this revision: what was written to the key since stays.
        const filter = this.#bucket.prefix + key;
        await this.#connection.manager.streams.purge(this.#bucket.stream, { filter, seq: revision + 1 });
      }
    } catch {
      // The marks stay: they cost a little room, and the next client that watches finds them.
    }
    this.#timer = undefined;
    this.#schedule();
  }
}
