import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** The `aktis` command's script. */
export const bin = join(repository, 'packages/aktis/bin/aktis.js');

/** How a process ended, and all it said. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StatusNode {
  readonly nodeId: string;
  readonly name: string;
  readonly pid: number;
  readonly state: string;
  readonly isHead: boolean;
  readonly deathReason?: string;
  readonly drain?: { readonly reason: string; readonly deadline: string };
}

export interface Status {
  readonly clusterId: string;
  readonly address: string;
  readonly nodes: readonly StatusNode[];
  readonly jobs: readonly { readonly jobId: string; readonly kind: string; readonly state: string }[];
  readonly resources: { readonly total: Readonly<Record<string, number>> };
  readonly wrongClocks: readonly { readonly name: string; readonly ahead: number }[];
  readonly controlStore: {
    readonly kind: string;
    readonly pid?: number;
    readonly state: string;
    readonly servers: readonly {
      readonly address: string;
      readonly state: 'UP' | 'DOWN';
      readonly pid?: number;
      readonly node?: string;
    }[];
  };
}

/** A process and what it has said so far. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';

  constructor(command: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }) {
    this.child = spawn(command, args, { ...options, stdio: 'pipe' });
    this.child.stdout?.setEncoding('utf8').on('data', text => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', text => (this.stderr += text));
    this.ended = once(this.child, 'close').then(([status]) => ({ status, stdout: this.stdout, stderr: this.stderr }));
  }

  /** Resolves when it has said this. */
  async says(text: string): Promise<void> {
    await until(`it says ${text}`, () => this.stdout.includes(text));
  }

  tell(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }
}

/** The `aktis` command as in a terminal, with an `AKTIS_HOME` and a folder for programs of its own. */
export class AktisCommand {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'aktis-command-')));
  readonly home: string;
  readonly programs: string;
  readonly #env: NodeJS.ProcessEnv;

  /** @param env beyond the usual; `NODE_ENV: ''` for programs with dashboards, which there are none of in tests */
  constructor(env: NodeJS.ProcessEnv = {}) {
    this.#env = env;
    this.home = join(this.folder, 'home');
    this.programs = join(this.folder, 'programs');
    mkdirSync(this.programs);
    symlinkSync(join(repository, 'node_modules'), join(this.programs, 'node_modules'));
  }

  begin(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    return this.spawn(process.execPath, [bin, ...args], env);
  }

  /** Another command, where `aktis` runs. */
  spawn(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    return new Running(command, args, { cwd: this.programs, env: this.environment(env) });
  }

  run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return this.begin(args, env).ended;
  }

  /** What a command prints that must go well. */
  async told(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(args);
    if (status !== 0) throw new Error(`aktis ${args.join(' ')} ended with ${status}: ${stderr}${stdout}`);
    return stdout;
  }

  async status(): Promise<Status> {
    return JSON.parse(await this.told('status', '--format', 'json')) as Status;
  }

  program(name: string, source: string): string {
    const file = join(this.programs, name);
    writeFileSync(file, source);
    return file;
  }

  /** Ends every node that was started with it, and removes its files. */
  async end(): Promise<void> {
    await this.run(['stop', '--grace', '10']);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** As in a terminal: Aktis would notice that it runs under jest. */
  environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const own = Object.entries(process.env).filter(([name]) => !/^(?:npm_|JEST_|NODE_OPTIONS$|AKTIS_)/i.test(name));
    return { ...Object.fromEntries(own), AKTIS_HOME: this.home, NO_COLOR: '1', ...this.#env, ...more };
  }
}

/** Asks again and again until there is what is awaited. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (const limit = Date.now() + 90_000; ; ) {
    const found = await ask();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > limit) throw new Error(`It did not come about that ${what}`);
    await setTimeout(50);
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // What has ended may still wait for its parent to ask how.
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** Ports nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map(server => (server.address() as { port: number }).port);
  await Promise.all(servers.map(server => once(server.close(), 'close')));
  return ports;
}
