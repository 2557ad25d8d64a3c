import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AktisError } from '@aktis/core';
import type { ControlStore } from '../../control-store.ts';
import { NatsControlStore } from '../../nats/nats-control-store.ts';
import { privateDirectory } from '../../private-files.ts';
import { decodeFailure } from '../../request-failure.ts';
import { caFile } from '../../session/sessions.ts';
import { plainEnvironment } from '../plain-environment.ts';
import type { ProcessGuard } from '../process-guard.ts';
import { TestStore } from '../test-store.ts';
import { inNamespace } from './ip-command.ts';
import type { FromServerProcess, ToServerProcess } from './server-process.ts';
import type { TestHost } from './test-network.ts';

const PORT = 6379;

/** The control server of a test cluster on a host of its own, with TLS, as beyond loopback it must be. */
export class NetworkedServer extends TestStore {
  readonly address: string;
  readonly host: TestHost;
  readonly #process: ServerHandle;
  readonly #directory: string;
  readonly #ca: string;
  #isKilled = false;

  private constructor(token: string, host: TestHost, process: ServerHandle, directory: string, started: Started) {
    super(token);
    this.host = host;
    this.address = started.address;
    this.#process = process;
    this.#directory = directory;
    this.#ca = started.ca;
  }

  static async on(host: TestHost, token: string, home: string, guard: ProcessGuard): Promise<NetworkedServer> {
    const directory = privateDirectory(join(home, 'server'));
    const process = new ServerHandle(host, directory, home, guard);
    const started = await process.ask(startOn(host, token, directory));
    return new NetworkedServer(token, host, process, directory, started as Started);
  }

  override get ca(): string {
    return this.#ca;
  }

  override get caFile(): string {
    return caFile(this.#directory);
  }

  connect(name: string): Promise<ControlStore> {
    const { token } = this;
    const tls = { ca: this.#ca };
    return NatsControlStore.connect({ servers: `tls://${this.address}`, token, tls, name, keepsProcessAlive: false });
  }

  async kill(): Promise<void> {
    if (this.#isKilled) return;
    this.#isKilled = true;
    await this.#process.ask({ op: 'kill' });
  }

  async restart(): Promise<void> {
    if (!this.#isKilled) return;
    await this.#process.ask(startOn(this.host, this.token, this.#directory));
    this.#isKilled = false;
  }

  end(): Promise<void> {
    return this.#process.end();
  }
}

type Started = Extract<FromServerProcess, { address: string }>;

function startOn({ address }: TestHost, token: string, directory: string): ToServerProcess {
  return { op: 'start', directory, host: address, port: PORT, token };
}

/** The process, which does one thing at a time. */
class ServerHandle {
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #logFile: string;

  constructor({ namespace = '' }: TestHost, directory: string, home: string, guard: ProcessGuard) {
    this.#logFile = join(directory, 'server.log');
    const log = openSync(this.#logFile, 'a', 0o600);
    const script = fileURLToPath(new URL('./server-process.js', import.meta.url));
    this.#process = spawn(...inNamespace(namespace, process.execPath, [script]), {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      env: plainEnvironment({ AKTIS_HOME: home }),
    });
    closeSync(log);
    const { pid } = this.#process;
    if (pid !== undefined) guard.watch(pid);
    this.#ended = new Promise(resolve => {
      this.#process.once('exit', () => resolve());
      this.#process.once('error', () => resolve());
    });
    void this.#ended.then(() => {
      if (pid !== undefined) guard.forget(pid);
    });
    this.#process.unref();
    this.#process.channel?.unref();
  }

  async ask(message: ToServerProcess): Promise<FromServerProcess> {
    return new Promise((resolve, reject) => {
      void this.#ended.then(() => reject(new AktisError(`The control server has ended; see ${this.#logFile}`)));
      this.#process.once('message', (told: FromServerProcess) => {
        if ('failure' in told) reject(decodeFailure(told.failure));
        else resolve(told);
      });
      // By IPC: arguments and environments of processes can be seen by others.
      this.#process.send(message, error => error && reject(error));
    });
  }

  async end(): Promise<void> {
    this.#process.ref();
    this.#process.kill('SIGTERM');
    await this.#ended;
  }
}
