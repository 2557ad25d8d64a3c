import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { InvalidOptionError } from '@aktis/core';
import { privateDirectory, readPrivateFile, writePrivateFile } from '../private-files.ts';
import { isRunning, type ProcessIdentity, startTimeOf } from '../session/process-identity.ts';
import { tell } from '../tell.ts';
import { findServerBinary, isAtLeast, type ServerBinary } from './server-binary.ts';
import { type ServerClusterSettings, type ServerSettings, serverConfig } from './server-config.ts';
import { NatsServerError } from './server-failure.ts';
import { checkPort } from './server-port.ts';
import { ServerProcess } from './server-process.ts';

export interface NatsServerOptions {
  /** Where its configuration, log and tables lie: the session directory. Made (0700) if need be. */
  readonly directory: string;
  /** Where it listens. Off loopback `tls` is needed. Default `127.0.0.1`. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  readonly token: string;
  /** Unlike those of other servers of a cluster. Default `aktis`. */
  readonly serverName?: string;
  /** Paths of PEM files. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string };
  /** For one of several servers. */
  readonly cluster?: ServerClusterSettings;
  /** It died too often and is not started again. */
  readonly onGivenUp?: (reason: string) => void;
  /** The first pause before it is started again, in ms; doubles up to 2 s. Default 100. */
  readonly restartPause?: number;
}

const MAX_RESTARTS = 5;
const RESTART_WINDOW = 60_000;
const MAX_PAUSE = 2000;

/**
 * A nats-server that belongs to this process: started with a private configuration, started again when it dies, and
 * ended with this process, however that ends.
 *
 * @example
 * const server = await NatsServer.start({ directory, port: 6379, token });
 * const store = await NatsControlStore.connect({ servers: server.url, token, name: 'head' });
 * await server.stop();
 */
export class NatsServer {
  readonly host: string;
  readonly port: number;
  readonly #binary: ServerBinary;
  readonly #settings: ServerSettings;
  readonly #directory: string;
  readonly #options: NatsServerOptions;
  readonly #listeners = new Set<() => void>();
  #process: ServerProcess;
  #restarts: number[] = [];
  #stopping = false;
  #restarting: Promise<void> | undefined;
  #wake: () => void = () => {};

  private constructor(
    options: NatsServerOptions,
    binary: ServerBinary,
    settings: ServerSettings,
    directory: string,
    first: ServerProcess,
  ) {
    this.#options = options;
    this.#binary = binary;
    this.#directory = directory;
    this.host = settings.host;
    this.port = first.port;
    // A restart takes the same port.
    this.#settings = { ...settings, port: first.port };
    this.#process = first;
    this.#supervise(first);
  }

  /** Rejects with `NatsServerError`, which says what to do, when it cannot run. */
  static async start(options: NatsServerOptions): Promise<NatsServer> {
    const { host = '127.0.0.1', port, token, tls, cluster } = options;
    if (token.length < 16) throw new InvalidOptionError('The token of a NATS server must have 16 characters at least');
    if (!isLoopback(host) && tls === undefined) {
      throw new InvalidOptionError(`A head that listens on ${host} needs TLS: tls: { cert, key, ca }`);
    }
    const binary = findServerBinary();
    if (!isLoopback(host)) warnOfOldVersion(binary);
    const directory = privateDirectory(join(options.directory, 'nats'));
    await endLeftover(directory);
    await checkPort(host, port);
    if (cluster !== undefined) await checkPort(host, cluster.port);
    const settings: ServerSettings = {
      host,
      port: port === 0 ? -1 : port,
      token,
      serverName: options.serverName ?? 'aktis',
      storeDirectory: privateDirectory(join(directory, 'data')),
      portsDirectory: privateDirectory(join(directory, 'ports')),
      logFile: join(directory, 'nats-server.log'),
      ...(tls === undefined ? {} : { tls }),
      ...(cluster === undefined ? {} : { cluster }),
    };
    const process = await launch(binary, settings, directory);
    return new NatsServer(options, binary, settings, directory, process);
  }

  /** Of the server that runs now; a restart changes it. */
  get pid(): number {
    return this.#process.pid;
  }

  get url(): string {
    const host = isIP(this.host) === 6 ? `[${this.host}]` : this.host;
    return `${this.#settings.tls === undefined ? 'nats' : 'tls'}://${host}:${this.port}`;
  }

  /** Called each time it died and runs again. Returns what ends it. */
  onRestarted(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the process that runs; another one takes its place, as when it dies. */
  renew(): Promise<void> {
    return this.#process.stop();
  }

  /** Ends it; its tables stay in the directory. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await this.#restarting;
    await this.#process.stop();
    rmSync(join(this.#directory, 'server.json'), { force: true });
  }

  #supervise(process: ServerProcess): void {
    void process.ended.then(how => {
      if (!this.#stopping) this.#restarting = this.#restart(how);
    });
  }

  async #restart(how: string): Promise<void> {
    for (let reason = `it ended with ${how}`; !this.#stopping; ) {
      const now = performance.now();
      this.#restarts = this.#restarts.filter(at => now - at < RESTART_WINDOW);
      if (this.#restarts.length >= MAX_RESTARTS) {
        this.#giveUp(reason);
        return;
      }
      await this.#pause(Math.min(MAX_PAUSE, (this.#options.restartPause ?? 100) * 2 ** this.#restarts.length));
      if (this.#stopping) return;
      this.#restarts.push(performance.now());
      try {
        this.#process = await launch(this.#binary, this.#settings, this.#directory);
      } catch (error) {
        reason = (error as Error).message;
        // There will be room some time; until then it is not the server that fails.
        if (isDiskFull(error)) {
          this.#restarts.pop();
          await this.#pause(MAX_PAUSE);
        }
        continue;
      }
      this.#supervise(this.#process);
      for (const listener of [...this.#listeners]) tell(listener);
      return;
    }
  }

  #giveUp(reason: string): void {
    const { onGivenUp } = this.#options;
    const message = `nats-server died ${MAX_RESTARTS + 1} times within a minute and stays down: ${reason}. See ${this.#settings.logFile}`;
    if (onGivenUp === undefined) process.emitWarning(message);
    else tell(() => onGivenUp(message));
  }

  #pause(duration: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, duration);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Writes and checks the configuration, and starts the server with it. */
async function launch(binary: ServerBinary, settings: ServerSettings, directory: string): Promise<ServerProcess> {
  const configFile = join(directory, 'nats-server.conf');
  writePrivateFile(configFile, serverConfig(settings, binary.version));
  const { status, stderr, stdout } = spawnSync(binary.path, ['-c', configFile, '-t'], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (status !== 0) {
    throw new NatsServerError(
      `nats-server refuses its configuration ${configFile}: ${(stderr || stdout || '').trim()}`,
    );
  }
  const server = await ServerProcess.start(binary.path, configFile, settings, join(directory, 'nats-server.err'));
  const identity: ProcessIdentity = { pid: server.pid, startTime: startTimeOf(server.pid) ?? '' };
  writePrivateFile(join(directory, 'server.json'), JSON.stringify(identity));
  return server;
}

/** A server of a head that was killed: its guard is about to end it, and its tables are ours now. */
async function endLeftover(directory: string): Promise<void> {
  const text = readPrivateFile(join(directory, 'server.json'));
  if (text === undefined) return;
  const leftover = JSON.parse(text) as ProcessIdentity;
  for (let waited = 0; isRunning(leftover); waited += 20) {
    try {
      process.kill(leftover.pid, waited < 5000 ? 'SIGTERM' : 'SIGKILL');
    } catch {
      return;
    }
    if (waited > 8000) throw new NatsServerError(`A nats-server of an earlier head (pid ${leftover.pid}) does not end`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

function isDiskFull(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || /no space left|disk is full/.test(message);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Advisories of 2026: routes and clients could get past authentication. */
function warnOfOldVersion({ path, version }: ServerBinary): void {
  const [, minor] = version;
  const good =
    isAtLeast(version, 2, 14, 0) ||
    (minor === 12 && isAtLeast(version, 2, 12, 7)) ||
    (minor === 11 && isAtLeast(version, 2, 11, 16));
  if (good) return;
  process.emitWarning(
    `${path} is version ${version.join('.')}, which has known security defects: on a network use 2.11.16, 2.12.7, 2.14 or newer`,
  );
}
