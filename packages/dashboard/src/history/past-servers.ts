import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { PastSession } from '../api-types.ts';
import type { HistoryClient } from './history-client.ts';

/** Sessions that are looked at, at the same time. */
const OPEN = 3;
/** A session that still runs is looked at anew after so long. */
const FRESH_MS = 15_000;

interface PastServer {
  readonly http: Server;
  /** As it was when the server was made. */
  readonly past: PastSession | undefined;
  close(): Promise<void>;
}

interface Entry {
  readonly server: Promise<PastServer | undefined>;
  readonly madeAt: number;
  isRunning: boolean;
}

/**
 * `/history/<session>/…` is the dashboard of a session that was written down: the same pages and the same API as of the
 * living one, so nothing in them needs to know. Each has a server of its own, which listens nowhere.
 */
export class PastServers {
  readonly #history: HistoryClient;
  readonly #make: (sessionId: string) => Promise<PastServer | undefined>;
  /** The one used last at the end. */
  readonly #entries = new Map<string, Entry>();

  constructor(history: HistoryClient, make: (sessionId: string) => Promise<PastServer | undefined>) {
    this.#history = history;
    this.#make = make;
  }

  /** Answers, or lets `handler` answer. */
  async route(request: IncomingMessage, response: ServerResponse, handler: RequestListener): Promise<void> {
    const [, sessionId, rest] = /^\/history\/(\w+)(\/.*|\?.*)?$/.exec(request.url ?? '') ?? [];
    if (sessionId === undefined) return handler(request, response);
    if (rest === undefined || rest.startsWith('?')) {
      // Addresses within the pages are relative.
      response.writeHead(308, { location: `/history/${sessionId}/${rest ?? ''}` }).end();
      return;
    }
    let server: PastServer | undefined;
    try {
      server = await this.#serverOf(sessionId);
    } catch {
      // As if it were not there; the answer to that says where one would be.
    }
    // Who may not look learns nothing either of sessions that are not there.
    request.url = server === undefined ? `/api/sessions/${sessionId}` : rest;
    if (server === undefined) handler(request, response);
    else server.http.emit('request', request, response);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map(sessionId => this.#close(sessionId)));
  }

  async #serverOf(sessionId: string): Promise<PastServer | undefined> {
    const known = this.#entries.get(sessionId);
    if (known !== undefined && (await this.#isFresh(sessionId, known))) {
      this.#entries.delete(sessionId);
      this.#entries.set(sessionId, known);
      return known.server;
    }
    void this.#close(sessionId);
    const entry: Entry = { server: this.#make(sessionId), madeAt: performance.now(), isRunning: true };
    this.#entries.set(sessionId, entry);
    for (const other of [...this.#entries.keys()].slice(0, -OPEN)) void this.#close(other);
    const server = await entry.server.catch(() => undefined);
    entry.isRunning = server?.past?.state === 'RUNNING';
    if (server === undefined && this.#entries.get(sessionId) === entry) this.#entries.delete(sessionId);
    return server;
  }

  /** What is over stays as it was; what still runs changes. */
  async #isFresh(sessionId: string, { isRunning, madeAt }: Entry): Promise<boolean> {
    if (!isRunning) return true;
    if (performance.now() - madeAt > FRESH_MS) return false;
    return (await this.#history.session(sessionId))?.state === 'RUNNING';
  }

  async #close(sessionId: string): Promise<void> {
    const entry = this.#entries.get(sessionId);
    this.#entries.delete(sessionId);
    const server = await entry?.server.catch(() => undefined);
    await server?.close();
  }
}
