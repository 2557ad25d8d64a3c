import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import {
  AuthorizationError,
  type NatsConnection as Client,
  type ConnectionOptions,
  connect,
  createInbox,
} from '@nats-io/transport-node';
import { Availability } from '../availability.ts';
import { storeClosed, unavailable } from '../control-store-errors.ts';
import { greetingFromAny } from './greeting.ts';
import { parseNatsAddress } from './nats-address.ts';
import { connectionFailure, isNobodyThere, isStreamMissing, isTransient } from './nats-failures.ts';

export interface NatsConnectionOptions {
  /** `host:port`, `nats://…` or `tls://…`; several as an array or with commas between. */
  readonly servers: string | readonly string[];
  /** What lets in where neither the address nor `credentials` do. */
  readonly token?: string;
  readonly credentials?: { readonly user: string; readonly pass: string } | { readonly token: string };
  /** What the server's logs call this client: the node's name. */
  readonly name: string;
  /** How long a call may take, elections and outages included, in ms. Default 10,000. */
  readonly timeout?: number;
  /** Where answers to this client are sent; one that others may not read keeps them private. */
  readonly inboxPrefix?: string;
  /** PEM texts. `ca` is needed for servers with a certificate of the cluster's own CA. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** False: an idle connection does not keep the process alive. Default true. */
  readonly keepsProcessAlive?: boolean;
}

/** A peer that has answered none of so many pings is taken for lost. */
const MAX_UNANSWERED_PINGS = 2;
const PING_INTERVAL = 5000;
const DEFAULT_TIMEOUT = 10_000;
const CONNECT_TIMEOUT = 4000;
const CONNECT_LIMIT = 5000;
const SLOW_CONNECT = 500;

/** One connection to the servers, which reconnects for ever, and calls on it that end in time. */
export class NatsConnection {
  readonly availability = new Availability();
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly client: Client;
  readonly timeout: number;
  readonly servers: readonly string[];
  readonly #inboxPrefix: string | undefined;
  readonly #keepsProcessAlive: boolean;
  readonly #pings: NodeJS.Timeout;
  #unansweredPings = 0;
  #closed = false;
  /** Why the last attempt to reconnect failed. */
  problem: string | undefined;
  /** Makes the tables anew when the server has lost them. */
  repair: () => Promise<void> = async () => {};

  private constructor(
    client: Client,
    streams: { jetstream: JetStreamClient; manager: JetStreamManager },
    servers: readonly string[],
    options: NatsConnectionOptions,
  ) {
    this.client = client;
    this.jetstream = streams.jetstream;
    this.manager = streams.manager;
    this.servers = servers;
    this.timeout = options.timeout ?? DEFAULT_TIMEOUT;
    this.#inboxPrefix = options.inboxPrefix;
    this.#keepsProcessAlive = options.keepsProcessAlive ?? true;
    this.#pings = setInterval(() => this.#ping(), PING_INTERVAL);
    this.#pings.unref();
    this.#letProcessEnd();
    void this.#followStatus();
  }

  /** Rejects with `AuthenticationError` or `ClusterUnreachableError` within 10 s. */
  static async open(options: NatsConnectionOptions): Promise<NatsConnection> {
    const { servers, tls, ...named } = parseNatsAddress(options.servers);
    const isNamed = named.token !== undefined || named.user !== undefined;
    const credentials = isNamed ? named : (options.credentials ?? (options.token && { token: options.token }));
    const settings: ConnectionOptions = {
      ...(credentials || {}),
      name: options.name,
      timeout: CONNECT_TIMEOUT,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      reconnectJitter: 250,
      reconnectJitterTLS: 250,
      // A head that comes back with another token is a problem to be told, not a reason to give up for ever.
      ignoreAuthErrorAbort: true,
      noAsyncTraces: true,
      // The client's own pings use a timer that would keep the process alive.
      pingInterval: 2 ** 31 - 1,
    };
    if (options.inboxPrefix !== undefined) settings.inboxPrefix = options.inboxPrefix;
    if (tls || options.tls !== undefined) settings.tls = { ...options.tls };
    try {
      // Those that are down would cost seconds each.
      const first = await greetingFromAny(servers, CONNECT_TIMEOUT);
      const order = [first, ...servers.filter(server => server !== first)];
      const client = await openInTime({ ...settings, servers: order, noRandomize: true });
      // One attempt of a call: short, so that a request that was lost is sent again within the call's time.
      const timeout = Math.min(2500, Math.max(100, (options.timeout ?? DEFAULT_TIMEOUT) / 4));
      const streams = {
        jetstream: jetstream(client, { timeout }),
        manager: await jetstreamManager(client, { timeout, checkAPI: false }),
      };
      return new NatsConnection(client, streams, servers, options);
    } catch (error) {
      const given = settings.user === undefined ? settings.token && 'token' : 'password';
      throw connectionFailure(servers, error, given || undefined);
    }
  }

  /** Where one answer, or one stream of messages, can be sent to. */
  newInbox(): string {
    return createInbox(this.#inboxPrefix);
  }

  get closed(): boolean {
    return this.#closed;
  }

  get connected(): boolean {
    return this.availability.available && !this.#closed;
  }

  /**
   * Runs `attempt` until it goes well or the time is up. What was sent when the connection broke is sent again, so
   * `attempt` must bear being run twice. What it rejects with for good comes through.
   */
  async run<T>(what: string, attempt: () => Promise<T>, timeout = this.timeout): Promise<T> {
    const end = performance.now() + timeout;
    let last: unknown;
    for (let pause = 20; ; pause = Math.min(pause * 2, 500)) {
      await this.reach(what, end - performance.now(), last);
      try {
        return await this.availability.orLost(attempt(), end - performance.now(), reason =>
          reason === 'lost' ? new ConnectionLost() : unavailable(what, timeout, last),
        );
      } catch (error) {
        if (this.#closed) throw storeClosed(what);
        if (!(error instanceof ConnectionLost)) {
          if (!isTransient(error)) throw error;
          last = error;
          if (isStreamMissing(error) || isNobodyThere(error)) await this.#repairQuietly();
        }
      }
      const left = end - performance.now();
      if (left <= 0) throw unavailable(what, timeout, last);
      await new Promise(resolve => setTimeout(resolve, Math.min(pause, left)));
    }
  }

  /** Waits until connected. */
  async reach(what: string, timeout: number, cause?: unknown): Promise<void> {
    if (this.#closed) throw storeClosed(what);
    const reached = await this.availability.until(timeout);
    if (this.#closed) throw storeClosed(what);
    if (!reached) throw unavailable(what, this.timeout, cause ?? (this.problem && new Error(this.problem)));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#pings);
    const connected = this.availability.available;
    this.availability.end();
    // What was published just before still goes out, and the server knows that nobody serves here any more.
    if (connected) await withLimit(this.client.drain(), 1000);
    await withLimit(this.client.close(), 1000);
  }

  async #followStatus(): Promise<void> {
    for await (const status of this.client.status()) {
      if (status.type === 'disconnect') {
        this.availability.set(false);
      } else if (status.type === 'reconnect' && !this.#closed) {
        this.#unansweredPings = 0;
        this.problem = undefined;
        this.#letProcessEnd();
        this.availability.set(true);
      } else if (status.type === 'error') {
        this.problem = status.error.message;
      }
    }
    this.availability.set(false);
  }

  #ping(): void {
    if (!this.connected) return;
    if (this.#unansweredPings >= MAX_UNANSWERED_PINGS) {
      this.#unansweredPings = 0;
      void this.client.reconnect();
      return;
    }
    this.#unansweredPings++;
    this.client.flush().then(
      () => {
        this.#unansweredPings = 0;
      },
      () => {},
    );
  }

  /** The client has no setting for it; without these members of it the process merely stays. */
  #letProcessEnd(): void {
    if (this.#keepsProcessAlive) return;
    const { protocol } = this.client as unknown as ClientInside;
    protocol?.transport?.socket?.unref?.();
    protocol?.heartbeats?.timer?.unref?.();
  }

  async #repairQuietly(): Promise<void> {
    try {
      await this.repair();
    } catch {
      // The call is tried again, and says what is wrong.
    }
  }
}

/** What #letProcessEnd needs of the client's inside. */
interface ClientInside {
  readonly protocol?: {
    readonly transport?: { readonly socket?: { unref?(): void } };
    readonly heartbeats?: { readonly timer?: { unref?(): void } };
  };
}

class ConnectionLost extends Error {}

/**
 * Each server has its own time limit; this is one for all together. Where servers form a cluster, the client tries one
 * after the other for ever when they refuse it: a second connection, to one of them, finds that out.
 */
async function openInTime(settings: ConnectionOptions): Promise<Client> {
  const opening = connect(settings);
  const timers: NodeJS.Timeout[] = [];
  const failure = new Promise<never>((_, reject) => {
    timers.push(
      setTimeout(() => void refusalOf(settings).then(refusal => refusal && reject(refusal)), SLOW_CONNECT),
      setTimeout(() => reject(new Error('no answer in time')), CONNECT_LIMIT),
    );
  });
  try {
    return await Promise.race([opening, failure]);
  } catch (error) {
    opening.then(
      client => client.close(),
      () => {},
    );
    throw error;
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

async function refusalOf({ servers, ...settings }: ConnectionOptions): Promise<Error | undefined> {
  const [first] = servers as string[];
  try {
    const single = { ...settings, servers: [first as string], ignoreClusterUpdates: true, reconnect: false };
    await (await connect(single)).close();
    return undefined;
  } catch (error) {
    return error instanceof AuthorizationError ? error : undefined;
  }
}

/** Waits for `work`, but not for longer than `limit`, and not for its failure. */
async function withLimit(work: Promise<unknown>, limit: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, limit);
  });
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}
