import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { JobState } from '../records.ts';

/** What `aktis submit` asks for. */
export interface SubmissionRequest {
  readonly command: readonly string[];
  /** What is shown of it; default: the command. */
  readonly entrypoint?: string;
  /** The id it is to have; default: made up. */
  readonly jobId?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Where it runs; default: where the head was started. */
  readonly directory?: string;
  /** It runs in what was uploaded: the hash of a blob, or the name under which it was put. */
  readonly package?: string;
  /** `npm ci` first, in a copy of the package of its own. */
  readonly install?: boolean;
}

/** How a command ended. */
export interface SubmissionEnd {
  readonly state: JobState;
  readonly message?: string;
  readonly exitCode?: number;
}

const GRACE_MS = 5_000;

/** One command that the head runs. */
export class Submission {
  readonly logFile: string;
  readonly ended: Promise<SubmissionEnd>;
  #process: ChildProcess;
  #stopReason: string | undefined;

  constructor({ command, env, directory }: SubmissionRequest, logFile: string, ownEnv: NodeJS.ProcessEnv) {
    this.logFile = logFile;
    const log = openSync(logFile, 'a', 0o600);
    const [program = '', ...args] = command;
    // Straight into the file, and in a process group of its own: what runs must not depend on who started it.
    this.#process = spawn(program, args, {
      cwd: directory ?? process.cwd(),
      env: { ...process.env, ...env, ...ownEnv },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.ended = new Promise(resolve => {
      this.#process.once('error', error => resolve({ state: 'FAILED', message: error.message, exitCode: 127 }));
      this.#process.once('exit', (code, signal) => resolve(this.#endOf(code, signal)));
    });
  }

  /** Undefined: it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Ends its whole process group, after five seconds by force. */
  async stop(reason: string): Promise<void> {
    this.#stopReason ??= reason;
    this.#signal('SIGTERM');
    const force = setTimeout(() => this.#signal('SIGKILL'), GRACE_MS);
    await this.ended;
    clearTimeout(force);
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#process;
    // Once it has ended, its number may be somebody else's.
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // It has just ended.
    }
  }

  #endOf(code: number | null, signal: NodeJS.Signals | null): SubmissionEnd {
    if (this.#stopReason !== undefined) return { state: 'STOPPED', message: this.#stopReason };
    if (code === 0) return { state: 'SUCCEEDED', exitCode: 0 };
    if (code === null) return { state: 'FAILED', message: `ended by ${signal}` };
    return { state: 'FAILED', message: `exit code ${code}`, exitCode: code };
  }
}
