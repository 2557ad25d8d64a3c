import type { ControlStore } from '../control-store.ts';
import { MemoryControlStore } from '../memory/memory-control-store.ts';
import { NatsControlStore } from '../nats/nats-control-store.ts';
import { NatsServer } from '../nats/nats-server.ts';
import type { ProcessGuard } from './process-guard.ts';

/** Longer than any test: the test says when it comes back. */
const NEVER_MS = 2 ** 31 - 1;

/** The control store of a test cluster. */
export abstract class TestStore {
  abstract readonly address: string;
  readonly token: string;
  protected constructor(token: string) {
    this.token = token;
  }

  /** PEM: the certificate to trust, when it uses TLS. */
  get ca(): string | undefined {
    return undefined;
  }

  /** Where that is. */
  get caFile(): string | undefined {
    return undefined;
  }

  static inMemory(token: string): TestStore {
    return new InMemory(token);
  }

  static async onServer(token: string, directory: string, guard: ProcessGuard): Promise<TestStore> {
    const server = await launch(token, directory, 0);
    return new OnServer(token, directory, guard, server);
  }

  abstract connect(name: string): Promise<ControlStore>;
  abstract kill(): Promise<void>;
  /** Does nothing while it runs. */
  abstract restart(): Promise<void>;
  abstract end(): Promise<void>;
}

let stores = 0;

class InMemory extends TestStore {
  readonly address = `memory://${++stores}`;
  readonly #store = new MemoryControlStore();
  readonly #clients = new Set<MemoryControlStore>();
  #isAvailable = true;

  constructor(token: string) {
    super(token);
  }

  async connect(): Promise<ControlStore> {
    const client = this.#store.connect();
    client.setAvailable(this.#isAvailable);
    this.#clients.add(client);
    return client;
  }

  async kill(): Promise<void> {
    this.#setAvailable(false);
  }

  async restart(): Promise<void> {
    this.#setAvailable(true);
  }

  async end(): Promise<void> {
    await this.#store.close();
  }

  #setAvailable(available: boolean): void {
    this.#isAvailable = available;
    for (const client of this.#clients) client.setAvailable(available);
  }
}

class OnServer extends TestStore {
  readonly address: string;
  readonly #directory: string;
  readonly #guard: ProcessGuard;
  #server: NatsServer;
  #isKilled = false;

  constructor(token: string, directory: string, guard: ProcessGuard, server: NatsServer) {
    super(token);
    this.address = `${server.host}:${server.port}`;
    this.#directory = directory;
    this.#guard = guard;
    this.#server = server;
    guard.watch(server.pid);
  }

  connect(name: string): Promise<ControlStore> {
    return NatsControlStore.connect({ servers: this.#server.url, token: this.token, name, keepsProcessAlive: false });
  }

  async kill(): Promise<void> {
    if (this.#isKilled) return;
    this.#isKilled = true;
    const { pid } = this.#server;
    process.kill(pid, 'SIGKILL');
    await this.#server.stop();
    this.#guard.forget(pid);
  }

  async restart(): Promise<void> {
    if (!this.#isKilled) return;
    this.#server = await launch(this.token, this.#directory, this.#server.port);
    this.#guard.watch(this.#server.pid);
    this.#isKilled = false;
  }

  async end(): Promise<void> {
    await this.#server.stop();
  }
}

function launch(token: string, directory: string, port: number): Promise<NatsServer> {
  return NatsServer.start({ directory, port, token, restartPause: NEVER_MS });
}
