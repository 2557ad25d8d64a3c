import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { shellWord } from '@aktis/cluster';
import { AktisError } from '@aktis/core';
import type { LocalClusterFile } from './local-file.ts';

/** A command on another machine failed; says which, where, and how. */
export class RemoteCommandError extends AktisError {
  static override readonly code = 'ERR_AKTIS_REMOTE_COMMAND';
}

/** How a command runs there. */
export interface RemoteRun {
  /** What it finds in its environment, secrets too: it goes through the connection, not through arguments. */
  readonly env?: Readonly<Record<string, string>>;
  /** In ms. */
  readonly limit: number;
  /** Told each line it writes. */
  readonly onLine?: (line: string) => void;
}

const CONNECT_LIMIT_S = 10;
/** The last lines of what a failed command wrote are part of the error. */
const LINES_KEPT = 20;

/** A machine reached by ssh, without a password or a question. */
export class SshHost {
  readonly address: string;
  readonly #options: readonly string[];
  readonly #target: string;

  /** @param knownHosts a file of this cluster's own, beside the user's */
  constructor(
    address: string,
    { ssh_user, ssh_private_key, ssh_port }: LocalClusterFile['auth'] = {},
    knownHosts: string,
  ) {
    this.address = address;
    this.#target = `${ssh_user ?? userInfo().username}@${address}`;
    const key = ssh_private_key?.replace(/^~(?=\/)/, homedir());
    this.#options = [
      ...['BatchMode=yes', `ConnectTimeout=${CONNECT_LIMIT_S}`, 'StrictHostKeyChecking=accept-new'],
      ...['ServerAliveInterval=15', 'ServerAliveCountMax=4', 'LogLevel=ERROR'],
      `UserKnownHostsFile="${knownHosts}" "${join(homedir(), '.ssh', 'known_hosts')}"`,
      ...(key === undefined ? [] : [`IdentityFile="${key}"`, 'IdentitiesOnly=yes']),
      ...(ssh_port === undefined ? [] : [`Port=${ssh_port}`]),
    ].flatMap(option => ['-o', option]);
  }

  /** Runs a command of a login shell, and resolves with what it wrote. @throws RemoteCommandError when it fails */
  async run(command: string, { env = {}, limit, onLine = () => {} }: RemoteRun): Promise<string> {
    const child = spawn('ssh', [...this.#options, this.#target, 'exec bash -l -s'], { stdio: 'pipe' });
    // The script comes through standard input; commands are not to read it.
    child.stdin?.on('error', () => {});
    child.stdin?.end(`${exports(env)}{ :; ${command}\n} < /dev/null\n`);
    return this.#follow(child, command, limit, onLine);
  }

  /** Copies a file or directory there, with rsync, or scp where a machine has no rsync. */
  async copy(local: string, remote: string, limit: number): Promise<void> {
    const what = `copy ${local} to ${remote}`;
    const target = `${this.#target}:${remote}`;
    const shell = ['ssh', ...this.#options].map(shellWord).join(' ');
    const ways = [
      ['rsync', ['-az', '-e', shell, local, target]],
      ['scp', ['-r', '-q', ...this.#options, local, target]],
    ] as const;
    for (const [program, args] of ways) {
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      try {
        await this.#follow(child, what, limit, () => {});
        return;
      } catch (error) {
        const isMissing =
          program === 'rsync' && /ENOENT|command not found|rsync: not found/.test((error as Error).message);
        if (!isMissing) throw error;
      }
    }
  }

  /** A shell there for the user of this terminal; resolves with its exit code. */
  async attach(command: string, env: Readonly<Record<string, string>>): Promise<number> {
    // Here the terminal is the standard input, so names without secrets are all that can be given.
    const script = `${exports(env)}${command}`;
    const child = spawn('ssh', [...this.#options, '-tt', this.#target, script], { stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  }

  /** Runs a command whose output goes to this terminal; resolves with its exit code. */
  async exec(command: string, env: Readonly<Record<string, string>>): Promise<number> {
    const child = spawn('ssh', [...this.#options, this.#target, 'exec bash -l -s'], {
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(`${exports(env)}{ :; ${command}\n} < /dev/null\n`);
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code === 255) {
      throw new RemoteCommandError(
        `The machine ${this.address} could not be reached by ssh as ${this.#target}; see above`,
      );
    }
    return code ?? 1;
  }

  async #follow(child: ChildProcess, what: string, limit: number, onLine: (line: string) => void): Promise<string> {
    const lines: string[] = [];
    const written: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', line => {
        lines.push(line);
        if (stream === child.stdout) written.push(line);
        onLine(line);
      });
    }
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, limit);
    try {
      const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
      if (code === 0) return written.join('\n');
      throw this.#failure(what, isLate ? `did not end within ${limit / 1000} s` : how(code, signal), lines, code);
    } catch (error) {
      if (error instanceof RemoteCommandError) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      throw this.#failure(
        what,
        code === 'ENOENT' ? `needs a program that this machine has not: ${message}` : message,
        [],
        null,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  #failure(what: string, how: string, lines: readonly string[], code: number | null): RemoteCommandError {
    const said = lines
      .slice(-LINES_KEPT)
      .map(line => `\n  ${line}`)
      .join('');
    if (code === 255) {
      return new RemoteCommandError(
        `The machine ${this.address} could not be reached by ssh as ${this.#target}:${said || ' no reason was given'}\n` +
          'It must let this user in with the key of auth.ssh_private_key, without a question',
      );
    }
    return new RemoteCommandError(`On ${this.address}, "${what}" ${how}${said === '' ? '' : `:${said}`}`);
  }
}

function how(code: number | null, signal: string | null): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

function exports(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}=${shellWord(value)}\n`)
    .join('');
}
