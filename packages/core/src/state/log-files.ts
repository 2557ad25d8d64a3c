import { appendFileSync, existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers';
import { makeDirectory } from '../loading/make-directory.ts';

/** A file that is larger is put aside; so many of those are kept. */
const LARGEST = 10 * 2 ** 20;
const KEPT = 3;

/** Text on its way to one file. */
interface LogFile {
  readonly path: string;
  pending: string;
  size: number;
}

/** `worker-3.out` and `worker-3.err`, with older parts as `worker-3.out.1` and so on; written once per turn. */
export class LogFiles {
  readonly #directory: string;
  readonly #files = new Map<string, LogFile>();
  #isDue = false;
  #hasFailed = false;

  constructor(directory: string) {
    this.#directory = directory;
    makeDirectory(directory, 0o700);
    process.on('exit', this.#flush);
  }

  write(worker: number, stream: 'stdout' | 'stderr', text: string): void {
    this.#file(this.#path(worker, stream)).pending += text;
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(this.#flush);
  }

  /** The files there are of a worker, oldest part first. */
  of(worker: number): string[] {
    return (['stdout', 'stderr'] as const).flatMap(stream => {
      const path = this.#path(worker, stream);
      const parts = Array.from({ length: KEPT }, (_, i) => `${path}.${KEPT - i}`);
      return [...parts, path].filter(part => existsSync(part));
    });
  }

  close(): void {
    process.off('exit', this.#flush);
    this.#flush();
  }

  #path(worker: number, stream: 'stdout' | 'stderr'): string {
    return join(this.#directory, `worker-${worker}.${stream === 'stdout' ? 'out' : 'err'}`);
  }

  #file(path: string): LogFile {
    let file = this.#files.get(path);
    if (file === undefined) {
      file = { path, pending: '', size: existsSync(path) ? statSync(path).size : 0 };
      this.#files.set(path, file);
    }
    return file;
  }

  #putAside(file: LogFile): void {
    for (let part = KEPT - 1; part >= 1; part--) {
      if (existsSync(`${file.path}.${part}`)) renameSync(`${file.path}.${part}`, `${file.path}.${part + 1}`);
    }
    renameSync(file.path, `${file.path}.1`);
    file.size = 0;
  }

  /** Also called when the process ends, when nothing asynchronous is done any more. */
  readonly #flush = (): void => {
    this.#isDue = false;
    for (const file of this.#files.values()) {
      const { pending } = file;
      if (pending === '') continue;
      file.pending = '';
      try {
        if (file.size > LARGEST) this.#putAside(file);
        file.size += pending.length;
        appendFileSync(file.path, pending, { mode: 0o600 });
      } catch (error) {
        this.#failed(error as Error);
      }
    }
  };

  #failed(error: Error): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    process.emitWarning(`The output of workers cannot be kept in ${this.#directory}: ${error.message}`);
  }
}
