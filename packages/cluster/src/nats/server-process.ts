import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerSettings } from './server-config.ts';
import { NatsServerError } from './server-failure.ts';
import { sayHello } from './server-handshake.ts';
import { portInUse } from './server-port.ts';

const START_LIMIT = 15_000;
const STOP_LIMIT = 5000;

/** Waits for the end of whoever holds its input, and ends the server then, at last by force. */
const guardScript = `
read -r _
kill -TERM "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 "$1" 2>/dev/null || exit 0
  sleep 0.5
done
kill -KILL "$1" 2>/dev/null`;

/** One run of a nats-server: from its start to its end. */
export class ServerProcess {
  readonly pid: number;
  /** Where clients connect. */
  readonly port: number;
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<string>;
  readonly #server: ChildProcess;
  #guard: ChildProcess | undefined;
  #isEnded = false;

  private constructor(server: ChildProcess, ended: Promise<string>, guard: ChildProcess, port: number) {
    this.#server = server;
    this.pid = server.pid as number;
    this.port = port;
    this.ended = ended;
    this.#guard = guard;
    this.#watchGuard(guard);
    void ended.then(() => {
      this.#isEnded = true;
      this.#guard?.kill('SIGKILL');
    });
  }

  /** Resolves once the server lets in who has the token, and nobody else. */
  static async start(
    binary: string,
    configFile: string,
    settings: ServerSettings,
    errorFile: string,
  ): Promise<ServerProcess> {
    rmSync(settings.logFile, { force: true });
    const errors = openSync(errorFile, 'a', 0o600);
    // The shell sets what its files' modes will be, and becomes the server. A process group of its own: Ctrl-C is for the
    // node, which ends the server when it no longer needs it.
    const server = spawn('/bin/sh', ['-c', 'umask 077; exec "$0" -c "$1"', binary, configFile], {
      detached: true,
      env: scrubbedEnvironment(),
      stdio: ['ignore', errors, errors],
    });
    closeSync(errors);
    const ended = new Promise<string>(resolve => {
      server.once('error', error => resolve(error.message));
      server.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    });
    if (server.pid === undefined) throw new NatsServerError(`nats-server could not be started: ${await ended}`);
    const guard = spawnGuard(server.pid);
    try {
      const port = await ready(server.pid, ended, settings, errorFile);
      return new ServerProcess(server, ended, guard, port);
    } catch (error) {
      server.kill('SIGKILL');
      await ended;
      guard.kill('SIGKILL');
      throw error;
    }
  }

  /** Ends it gracefully, or after five seconds by force. */
  async stop(): Promise<void> {
    if (this.#isEnded) return;
    this.#server.kill('SIGTERM');
    const force = setTimeout(() => this.#server.kill('SIGKILL'), STOP_LIMIT);
    await this.ended;
    clearTimeout(force);
  }

  /** A guard that somebody ended is replaced: without it the server could outlive this process. */
  #watchGuard(guard: ChildProcess): void {
    guard.once('exit', () => {
      if (this.#isEnded) return;
      this.#guard = spawnGuard(this.pid);
      this.#watchGuard(this.#guard);
    });
  }
}

function spawnGuard(pid: number): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', guardScript, 'aktis-guard', String(pid)], {
    detached: true,
    env: scrubbedEnvironment(),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => {});
  guard.stdin?.on('error', () => {});
  return guard;
}

/** What this process was told, tokens among it, is not for the server. */
function scrubbedEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH };
}

/** The port, once a client with the token is let in and one without is not. */
async function ready(
  pid: number,
  ended: Promise<string>,
  settings: ServerSettings,
  errorFile: string,
): Promise<number> {
  let how: string | undefined;
  void ended.then(reason => {
    how = reason;
  });
  const limit = performance.now() + START_LIMIT;
  for (;;) {
    const port = settings.port > 0 ? settings.port : writtenPort(pid, settings.portsDirectory);
    if (how !== undefined) throw await startFailure(how, settings, errorFile);
    if (port !== undefined && (await sayHello(settings.host, port, settings.token, 2000)) === 'in') {
      const stranger = await sayHello(settings.host, port, undefined, 2000);
      if (stranger === 'in') {
        throw new NatsServerError('nats-server lets clients in without a token. It was stopped; please report this');
      }
      // Anything else is a machine that is too busy to answer in time.
      if (stranger === 'refused') return port;
    }
    if (performance.now() > limit) {
      throw new NatsServerError(`nats-server was not ready within ${START_LIMIT} ms; see ${settings.logFile}`);
    }
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

async function startFailure(how: string, settings: ServerSettings, errorFile: string): Promise<NatsServerError> {
  const log = [settings.logFile, errorFile].map(file => (existsSync(file) ? readFileSync(file, 'utf8') : '')).join('');
  if (log.includes('address already in use')) return portInUse(settings.host, settings.port);
  const reason = /\[FTL\] (.*)/.exec(log)?.[1] ?? log.trim().split('\n').at(-1);
  return new NatsServerError(`nats-server ended at once (${how}): ${reason}. See ${settings.logFile}`);
}

/** The server writes `<program>_<pid>.ports` when it listens. */
function writtenPort(pid: number, directory: string): number | undefined {
  try {
    const file = readdirSync(directory).find(name => name.endsWith(`_${pid}.ports`));
    if (file === undefined) return undefined;
    const { nats } = JSON.parse(readFileSync(join(directory, file), 'utf8')) as { nats?: string[] };
    const port = Number(nats?.[0]?.split(':').at(-1));
    return port > 0 ? port : undefined;
  } catch {
    // Half written.
    return undefined;
  }
}
