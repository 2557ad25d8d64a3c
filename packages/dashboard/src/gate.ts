import type { Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { Access, bracketed } from './access.ts';
import { announceDashboard } from './dashboard-files.ts';
import type { JobControl } from './job-control.ts';
import type { DashboardServer } from './server.ts';
import type { Ask } from './source.ts';

const DEFAULT_PORT = 8265;
/** How many ports are tried before any that is free is taken. */
const PORTS = 100;

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
  /** Tells the user something. */
  say(text: string): void;
}

export interface ServeOptions {
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 8265. If it is taken, the next one that is free. 0: any. */
  readonly port?: number | undefined;
  /** Default: made up. */
  readonly token?: string | undefined;
}

export interface ServedSession {
  readonly url: string;
  readonly token: string;
  /** A URL that lets one browser in, once, within five minutes. */
  newLink(): string;
  close(): Promise<void>;
}

/**
 * Listens for browsers, and says where. The server itself is loaded when the first one comes: until then a session pays
 * for a socket, nothing more. Never keeps the process running.
 */
export async function serveSession(source: DashboardSource, options: ServeOptions = {}): Promise<ServedSession> {
  const { host = '127.0.0.1', port = DEFAULT_PORT } = options;
  const access = new Access(source.sessionId, options.token ?? (process.env.AKTIS_TOKEN || undefined));
  const gate = new Gate(async () => {
    const { DashboardServer } = await import('./server.ts');
    return DashboardServer.create(source, access, { host, url });
  });
  const listened = await gate.listen(host, port);
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : bracketed(host);
  const url = `http://${shown}:${listened}`;
  const newLink = () => `${url}/?code=${access.newCode()}`;
  const startedAt = source.startedAt.toISOString();
  const announced = announceDashboard(source.sessionId, { url, token: access.token, pid: process.pid, startedAt });
  // Test runners start many sessions that nobody looks at.
  if (process.env.JEST_WORKER_ID === undefined && process.env.NODE_ENV !== 'test') {
    const moved = listened === port || port === 0 ? '' : ` (port ${port} is taken)`;
    source.say(`View the dashboard at ${newLink()}${moved}`);
  }
  return {
    url,
    token: access.token,
    newLink,
    async close() {
      await Promise.all([gate.close(), announced.then(takeBack => takeBack())]);
    },
  };
}

/** A socket that listens, and hands connections to a server that is loaded for the first of them. */
class Gate {
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  readonly #load: () => Promise<DashboardServer>;
  #server: Promise<DashboardServer> | undefined;
  #isClosed = false;

  constructor(load: () => Promise<DashboardServer>) {
    this.#load = load;
    this.#listener = createServer({ pauseOnConnect: true }, socket => void this.#admit(socket)).unref();
  }

  /** Resolves to the port. */
  async listen(host: string, port: number): Promise<number> {
    for (let tried = port; ; tried = tried >= port + PORTS || tried === 65_535 ? 0 : tried + 1) {
      try {
        return await this.#listenAt(host, tried);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tried === 0) throw error;
      }
    }
  }

  #listenAt(host: string, port: number): Promise<number> {
    const listener = this.#listener;
    return new Promise((resolve, reject) => {
      listener.once('error', reject);
      listener.listen({ host, port, exclusive: true }, () => {
        listener.off('error', reject);
        listener.on('error', () => {});
        resolve((listener.address() as { port: number }).port);
      });
    });
  }

  async #admit(socket: Socket): Promise<void> {
    // A page that is open must not keep the program running.
    socket.unref();
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    try {
      this.#server ??= this.#load();
      const http: HttpServer = (await this.#server).http;
      if (this.#isClosed) throw new Error('The session has ended');
      http.emit('connection', socket);
      socket.resume();
    } catch {
      socket.destroy();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const closed = new Promise(resolve => this.#listener.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await this.#server?.then(
      server => server.close(),
      () => {},
    );
  }
}
