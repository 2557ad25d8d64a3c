import type { Socket } from 'node:net';
import type { Room } from '@aktis/core';
import { Access } from './access.ts';
import type { PastSession } from './api-types.ts';
import { announceDashboard } from './dashboard-files.ts';
import type { HistoryClient } from './history/history-client.ts';
import type { JobControl } from './job-control.ts';
import type { DashboardServer } from './server.ts';
import type { Ask } from './source.ts';

/** What the dashboard shows, and all it knows of it. */
export interface DashboardSource {
  /** Asks the node or the cluster a question. */
  readonly ask: Ask;
  readonly sessionId: string;
  /** Where others join, or `local`. */
  readonly address: string;
  readonly startedAt: Date;
  readonly clusterId?: string;
  /** Undefined: nothing here runs submitted programs. */
  readonly jobs?: JobControl;
  /** Where the histories of sessions are read. */
  readonly history?: HistoryClient;
  /** By what name its own history is there. Default: that of the session. */
  readonly historyId?: string;
  /** It is over, and this is what was written down of it. */
  readonly past?: PastSession;
  /** Where those are sent who come without a path; undefined: nowhere else. */
  readonly home?: () => Promise<string | undefined>;
}

export interface RoomOptions {
  /** Where the door is. */
  readonly host: string;
  readonly url: string;
  /** Default: `AKTIS_TOKEN`, else made up. */
  readonly token?: string | undefined;
}

/** The dashboard of a session, behind a `Door`. The server is loaded for the first browser. */
export class SessionRoom implements Room {
  readonly #source: DashboardSource;
  readonly #access: Access;
  readonly #options: RoomOptions;
  readonly #announced: Promise<() => Promise<void>>;
  #server: Promise<DashboardServer> | undefined;

  constructor(source: DashboardSource, options: RoomOptions) {
    const { url, token = process.env.AKTIS_TOKEN || undefined } = options;
    this.#source = source;
    this.#options = options;
    this.#access = new Access(source.sessionId, token);
    const startedAt = source.startedAt.toISOString();
    const entry = { url, token: this.#access.token, pid: process.pid, startedAt };
    this.#announced = announceDashboard(source.sessionId, entry);
  }

  /** What every request may carry: `Authorization: Bearer <token>`. */
  get token(): string {
    return this.#access.token;
  }

  /** A URL that lets one browser in, once, within five minutes. */
  newLink(): string {
    return `${this.#options.url}/?code=${this.#access.newCode()}`;
  }

  /** The code of a link that was printed at that time. */
  allow(code: string, toldAt: Date): void {
    this.#access.allow(code, toldAt.getTime());
  }

  async admit(socket: Socket): Promise<void> {
    try {
      this.#server ??= this.#load();
      const { http } = await this.#server;
      if (socket.destroyed) return;
      http.emit('connection', socket);
      socket.resume();
    } catch {
      socket.destroy();
    }
  }

  async close(): Promise<void> {
    const takeBack = await this.#announced;
    const server = await this.#server?.catch(() => undefined);
    await Promise.all([takeBack(), server?.close()]);
  }

  async #load(): Promise<DashboardServer> {
    const { DashboardServer } = await import('./server.ts');
    return DashboardServer.create(this.#source, this.#access, this.#options);
  }
}
