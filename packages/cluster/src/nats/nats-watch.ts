import { type Msg, nuid, type Subscription } from '@nats-io/transport-node';
import type { Entry } from '../control-store.ts';
import { WatchedEntries } from '../watched-entries.ts';
import { decodeKey, filterFor } from './key-encoding.ts';
import type { NatsConnection } from './nats-connection.ts';
import { WatchInterrupted } from './nats-failures.ts';
import { type Bucket, watchConsumer } from './nats-streams.ts';
import type { Tombstones } from './tombstones.ts';

/** The server says so often that it has nothing to say. */
const HEARTBEAT = 2000;
/** Silence that means the server has forgotten us. */
const SILENCE = 3.5 * HEARTBEAT;

/**
 * Follows the keys of one prefix. What the server sends has consecutive numbers; whenever one is missing, the server is
 * silent, or the connection was lost, all there is is asked for again, and the difference told.
 */
export class NatsWatch {
  readonly #connection: NatsConnection;
  readonly #bucket: Bucket;
  readonly #prefix: string;
  readonly #entries: WatchedEntries;
  readonly #tombstones: Tombstones;
  readonly #offAvailable: () => void;
  readonly #silence: NodeJS.Timeout;
  #session: Session | undefined;
  #starting = false;

  constructor(
    connection: NatsConnection,
    bucket: Bucket,
    prefix: string,
    listener: (key: string, entry: Entry | undefined) => void,
    tombstones: Tombstones,
  ) {
    this.#connection = connection;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#entries = new WatchedEntries(listener);
    this.#tombstones = tombstones;
    this.#offAvailable = connection.availability.onChange(available => {
      if (available) this.#restart();
    });
    this.#silence = setInterval(() => this.#checkSilence(), HEARTBEAT);
    this.#silence.unref();
  }

  /** Resolves once all that was there has been told. */
  async start(what: string): Promise<void> {
    this.#starting = true;
    try {
      await this.#connection.run(what, () => this.#open());
    } finally {
      this.#starting = false;
    }
  }

  end(): void {
    if (this.#entries.ended) return;
    this.#entries.ended = true;
    this.#offAvailable();
    clearInterval(this.#silence);
    const name = this.#session?.name;
    this.#drop();
    // The server would find out by itself, a little later.
    if (name !== undefined && this.#connection.connected) {
      this.#connection.manager.consumers.delete(this.#bucket.stream, name).catch(() => {});
    }
  }

  /** Something is missing: asks for all there is, again. */
  #restart(): void {
    if (this.#entries.ended || this.#connection.closed) return;
    if (this.#starting) {
      this.#session?.fail();
      return;
    }
    // When it does not go well in time: coming back, or the next look at the silence, starts it again.
    this.start('resume a watch').catch(() => this.#drop());
  }

  #checkSilence(): void {
    if (!this.#connection.connected) return;
    if (this.#session === undefined || performance.now() - this.#session.heardAt > SILENCE) this.#restart();
  }

  async #open(): Promise<void> {
    this.#drop();
    if (this.#entries.ended) return;
    const { client, manager } = this.#connection;
    const inbox = this.#connection.newInbox();
    const session = new Session(nuid.next());
    this.#session = session;
    session.subscription = client.subscribe(inbox, {
      callback: (error, message) => {
        if (error === null && this.#session === session) this.#receive(session, message);
      },
    });
    this.#entries.begin();
    const filter = this.#bucket.prefix + filterFor(this.#prefix);
    const consumer = watchConsumer(session.name, filter, inbox, HEARTBEAT);
    const { num_pending } = await manager.consumers.add(this.#bucket.stream, consumer);
    if (this.#session !== session) return;
    session.heardAt = performance.now();
    if (num_pending === 0 && session.received === 0) this.#complete(session);
    await session.complete;
  }

  #receive(session: Session, message: Msg): void {
    session.heardAt = performance.now();
    if (message.headers?.code === 100) {
      this.#hearHeartbeat(session, message);
      return;
    }
    const delivery = parseDelivery(message.reply);
    if (delivery === undefined) return;
    if (delivery.number !== session.received + 1) {
      this.#restart();
      return;
    }
    session.received++;
    this.#tell(message, delivery);
    if (delivery.pending === 0) this.#complete(session);
  }

  #hearHeartbeat(session: Session, message: Msg): void {
    if (message.reply !== undefined && message.reply !== '') message.respond();
    const last = message.headers?.get('Nats-Last-Consumer') ?? '';
    if (last === '') return;
    if (Number(last) !== session.received) this.#restart();
    else this.#complete(session);
  }

  #tell(message: Msg, { revision, age }: Delivery): void {
    const encoded = message.subject.slice(this.#bucket.prefix.length);
    const key = decodeKey(encoded);
    const deleted = (message.headers?.get('KV-Operation') ?? '') !== '';
    // Seen while all there is comes in: whoever deleted it may be gone.
    if (deleted && this.#session?.completed === false) this.#tombstones.add(encoded, revision, age);
    if (!key.startsWith(this.#prefix)) return;
    if (deleted) this.#entries.deleted(key);
    else this.#entries.set({ key, value: message.string(), revision });
  }

  #complete(session: Session): void {
    if (session.completed) return;
    session.completed = true;
    this.#entries.complete();
    session.succeed();
  }

  #drop(): void {
    this.#session?.subscription?.unsubscribe();
    this.#session?.fail();
    this.#session = undefined;
  }
}

/** One consumer of the server, from asking for all there is until something is missing. */
class Session {
  readonly name: string;
  /** All there was has been told; rejects when something was missing first. */
  readonly complete: Promise<void>;
  succeed: () => void = () => {};
  fail: () => void = () => {};
  subscription: Subscription | undefined;
  completed = false;
  received = 0;
  heardAt = performance.now();

  constructor(name: string) {
    this.name = name;
    this.complete = new Promise((resolve, reject) => {
      this.succeed = resolve;
      this.fail = () => reject(new WatchInterrupted());
    });
    this.complete.catch(() => {});
  }
}

interface Delivery {
  readonly revision: number;
  /** Consecutive within a session. */
  readonly number: number;
  /** How many more there are now. */
  readonly pending: number;
  /** Of the message, in ms. */
  readonly age: number;
}

/** The reply subject says it all: `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<tries>.<revision>.<number>.<time>.<pending>`. */
function parseDelivery(reply: string | undefined): Delivery | undefined {
  const parts = reply?.split('.') ?? [];
  if (parts[0] !== '$JS' || parts[1] !== 'ACK' || parts.length < 9) return undefined;
  const [, revision, number, nanoseconds, pending] = parts.slice(parts.length === 9 ? 4 : 6).map(Number) as number[];
  if (revision === undefined || number === undefined || nanoseconds === undefined || pending === undefined)
    return undefined;
  return { revision, number, pending, age: Date.now() - nanoseconds / 1e6 };
}
