import { createServer, type Server, type Socket } from 'node:net';

/** How many ports are tried before any that is free is taken. */
const PORTS = 100;

/** Takes over connections: what is behind the door. */
export interface Room {
  /** The socket is paused; nothing has been read from it. */
  admit(socket: Socket): void;
  close(): Promise<void>;
}

/**
 * A socket that listens for something that is loaded when the first connection comes: until then it costs next to
 * nothing. Never keeps the process running, nor does what comes through it.
 */
export class Door {
  readonly host: string;
  readonly port: number;
  readonly #listener: Server;
  readonly #load: () => Promise<Room>;
  readonly #sockets = new Set<Socket>();
  #room: Promise<Room> | undefined;
  #isClosed = false;

  private constructor(host: string, listener: Server, load: () => Promise<Room>) {
    this.host = host;
    this.port = (listener.address() as { port: number }).port;
    this.#listener = listener;
    this.#load = load;
    listener.on('connection', socket => void this.#admit(socket));
    listener.on('error', () => {});
  }

  /** Listens at `port`, or the next one that is free; 0: at any. */
  static async open(host: string, port: number, load: () => Promise<Room>): Promise<Door> {
    for (let tried = port; ; tried = tried >= port + PORTS || tried === 65_535 ? 0 : tried + 1) {
      try {
        return new Door(host, await listen(host, tried), load);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tried === 0) throw error;
      }
    }
  }

  get url(): string {
    const isAny = this.host === '0.0.0.0' || this.host === '::';
    const name = isAny ? '127.0.0.1' : this.host.includes(':') ? `[${this.host}]` : this.host;
    return `http://${name}:${this.port}`;
  }

  /** Loads what is behind, if that has not been done. */
  prepare(): Promise<Room> {
    this.#room ??= this.#load();
    return this.#room;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const closed = new Promise(resolve => this.#listener.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await this.#room?.then(
      room => room.close(),
      () => {},
    );
  }

  async #admit(socket: Socket): Promise<void> {
    socket.unref();
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    try {
      const room = await this.prepare();
      if (this.#isClosed) socket.destroy();
      else room.admit(socket);
    } catch {
      socket.destroy();
    }
  }
}

function listen(host: string, port: number): Promise<Server> {
  const listener = createServer({ pauseOnConnect: true }).unref();
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen({ host, port, exclusive: true }, () => {
      listener.off('error', reject);
      resolve(listener);
    });
  });
}
