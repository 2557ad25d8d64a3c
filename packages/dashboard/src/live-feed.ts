import { clearInterval, setInterval } from 'node:timers';
import type { FastifyReply } from 'fastify';
import type { ErrorNote, LiveEvent, Status } from './api-types.ts';
import { EventStream } from './event-stream.ts';
import type { RecentErrors } from './recent-errors.ts';
import type { StatusReader } from './status-reader.ts';

const INTERVAL_MS = 1_000;

/** Tells everybody who listens once a second how the session is. While nobody listens nothing is looked at. */
export class LiveFeed {
  readonly #status: StatusReader;
  readonly #errors: RecentErrors;
  readonly #listeners = new Map<EventStream, readonly ErrorNote[] | undefined>();
  #timer: NodeJS.Timeout | undefined;
  #isTelling = false;

  constructor(status: StatusReader, errors: RecentErrors) {
    this.#status = status;
    this.#errors = errors;
  }

  add(reply: FastifyReply): void {
    const stream = new EventStream(reply, () => this.#remove(stream));
    this.#listeners.set(stream, undefined);
    this.#timer ??= setInterval(() => void this.#tell(), INTERVAL_MS).unref();
    void this.#tell();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #remove(stream: EventStream): void {
    this.#listeners.delete(stream);
    if (this.#listeners.size === 0) this.close();
  }

  async #tell(): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      const status = await this.#status.read();
      const errors = await this.#errors.read(status);
      for (const [listener, known] of this.#listeners) this.#send(listener, known, status, errors);
    } catch {
      // The session is ending, or its cluster does not answer. Listeners learn from the silence that nothing is known.
      for (const listener of this.#listeners.keys()) listener.beat();
    } finally {
      this.#isTelling = false;
    }
  }

  #send(
    listener: EventStream,
    known: readonly ErrorNote[] | undefined,
    status: Status,
    errors: readonly ErrorNote[],
  ): void {
    const told: LiveEvent = { type: 'status', time: new Date().toISOString(), status };
    listener.send(told);
    if (known === errors) return;
    this.#listeners.set(listener, errors);
    listener.send({ type: 'errors', errors } satisfies LiveEvent);
  }
}
