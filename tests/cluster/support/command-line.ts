import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const bin = join(repository, 'packages/aktis/bin/aktis.js');

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command `aktis`, as in a terminal of its own. */
export class CommandLine {
  readonly #env: NodeJS.ProcessEnv;
  readonly #directory: string;

  constructor(env: NodeJS.ProcessEnv, directory = repository) {
    // As in a terminal: Aktis would notice that it runs under jest.
    const own = Object.entries(process.env).filter(([name]) => !/^(?:npm_|JEST_|NODE_OPTIONS$|AKTIS_)/i.test(name));
    this.#env = { ...Object.fromEntries(own), NO_COLOR: '1', ...env };
    this.#directory = directory;
  }

  begin(args: readonly string[], env: NodeJS.ProcessEnv = {}): { child: ChildProcess; ended: Promise<Ended> } {
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: this.#directory,
      env: { ...this.#env, ...env },
      stdio: 'pipe',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', text => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', text => (stderr += text));
    const ended = once(child, 'close').then(([status]) => ({ status: status as number | null, stdout, stderr }));
    return { child, ended };
  }

  /** What a command prints that must go well. */
  async told(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const ended = await this.begin(args, env).ended;
    if (ended.status === 0) return ended;
    throw new Error(`aktis ${args.join(' ')} ended with ${ended.status}: ${ended.stderr}${ended.stdout}`);
  }
}
