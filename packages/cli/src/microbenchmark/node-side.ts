import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Contestant, type Role, type Side, SideFailure, type SideSettings } from './side.ts';
import type { Answer, Order } from './side-process.ts';
import type { CaseParameters, Reading } from './workload.ts';

const program = fileURLToPath(new URL('./side-process.js', import.meta.url));

const LAST_WORDS = 2_000;

export interface NodeCase {
  readonly role: Role;
  readonly name: string;
  /** The URL of a module that exports `cases`. */
  readonly module: string;
  readonly case: string;
  readonly parameters?: CaseParameters;
}

/** A side that is a Node program: one of the cases of a module, in a forked process. */
export function nodeSide({ role, name, module, case: of, parameters = { workers: 1 } }: NodeCase): Side {
  return {
    role,
    name,
    async start(settings) {
      const contestant = new NodeProcess(settings);
      try {
        await contestant.prepare({ order: 'prepare', module, name: of, parameters });
      } catch (error) {
        await contestant.end();
        throw error;
      }
      return contestant;
    },
  };
}

class NodeProcess implements Contestant {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #limit: number;
  #lastWords = '';

  constructor({ limit, profileDirectory }: SideSettings) {
    const execArgv = profileDirectory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`];
    this.#child = fork(program, [], { execArgv, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#limit = limit;
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.#lastWords = `${this.#lastWords}${text}`.slice(-LAST_WORDS);
    });
    this.#exited = once(this.#child, 'exit');
  }

  async prepare(order: Order & { order: 'prepare' }): Promise<void> {
    await this.#ask(order);
  }

  async round(milliseconds: number): Promise<Reading> {
    const reading = await this.#ask({ order: 'round', milliseconds });
    if (reading === undefined) throw new SideFailure('measured nothing');
    return reading;
  }

  async end(): Promise<void> {
    try {
      if (this.#child.connected) await this.#ask({ order: 'end' });
    } catch {
      // What matters is that it goes.
    }
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const force = setTimeout(() => this.#child.kill('SIGKILL'), 2_000);
      await this.#exited;
      clearTimeout(force);
    }
  }

  #ask(order: Order): Promise<Reading | undefined> {
    return new Promise((resolve, reject) => {
      const child = this.#child;
      const settle = (act: () => void) => {
        clearTimeout(timer);
        child.off('message', onAnswer);
        child.off('exit', onExit);
        act();
      };
      const onAnswer = (answer: unknown) => {
        const result = answer as Answer;
        settle(() => ('failure' in result ? reject(new SideFailure(result.failure)) : resolve(result.reading)));
      };
      const onExit = (code: number | null, signal: string | null) => {
        settle(() => reject(new SideFailure(`its process ended (${signal ?? code}): ${this.#lastWords.trim()}`)));
      };
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        settle(() =>
          reject(new SideFailure(`gave no answer within ${this.#limit / 1000} s. ${this.#lastWords.trim()}`)),
        );
      }, this.#limit);
      child.on('message', onAnswer);
      child.on('exit', onExit);
      if (child.connected) child.send(order);
      else onExit(child.exitCode, child.signalCode);
    });
  }
}
