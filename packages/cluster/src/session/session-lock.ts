import { linkSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AktisError } from '@aktis/core';
import { branded } from '@aktis/transport';
import { readPrivateFile, writePrivateFile } from '../private-files.ts';
import { isRunning, type ProcessIdentity, thisProcess } from './process-identity.ts';

/** Another node uses the session directory. */
export class SessionInUseError extends AktisError {
  static override readonly code = 'ERR_AKTIS_SESSION_IN_USE';
}
branded(SessionInUseError);

const NAME = /^lock\.(\d+)$/;
const RELEASED = 'released';

/**
 * What keeps a directory to one process. It does not outlive it: the lock of a process that is gone is taken over.
 *
 * The file `lock.<n>` with the highest number counts. Whoever finds that its process is gone, or has released it, makes
 * the one with the next number, which only one can, and removes those before. The highest number never sinks, so nobody
 * can take over what somebody faster has taken over already.
 */
export class SessionLock {
  readonly #file: string;
  readonly #content: string;

  private constructor(file: string, content: string) {
    this.#file = file;
    this.#content = content;
  }

  /** @throws SessionInUseError while another node has it. */
  static acquire(directory: string): SessionLock {
    const content = JSON.stringify({ ...thisProcess(), nonce: crypto.randomUUID() });
    // A link appears with its content, or not at all.
    const draft = join(directory, `lock-${crypto.randomUUID()}`);
    writePrivateFile(draft, content);
    try {
      for (;;) {
        const newest = newestLock(directory);
        if (newest > 0) checkFree(directory, newest);
        const file = lockFile(directory, newest + 1);
        if (!tryLink(draft, file)) continue;
        if (newestLock(directory) === newest + 1) {
          removeBefore(directory, newest + 1);
          return new SessionLock(file, content);
        }
        // Others have gone further since we looked.
        rmSync(file, { force: true });
      }
    } finally {
      rmSync(draft, { force: true });
    }
  }

  release(): void {
    if (readPrivateFile(this.#file) === this.#content) writePrivateFile(this.#file, RELEASED);
  }
}

function checkFree(directory: string, number: number): void {
  const holder = parse(readPrivateFile(lockFile(directory, number)));
  if (holder === undefined || !isRunning(holder)) return;
  throw new SessionInUseError(
    `another node (pid ${holder.pid}) already uses ${directory}; end it with "aktis stop", or choose another directory ` +
      'with --session-dir',
  );
}

/** Undefined: released, or nothing that a lock says. */
function parse(text: string | undefined): ProcessIdentity | undefined {
  try {
    return JSON.parse(text ?? '') as ProcessIdentity;
  } catch {
    return undefined;
  }
}

function numbersOf(directory: string): number[] {
  return readdirSync(directory).flatMap(name => NAME.exec(name)?.slice(1).map(Number) ?? []);
}

function newestLock(directory: string): number {
  return Math.max(0, ...numbersOf(directory));
}

function removeBefore(directory: string, number: number): void {
  for (const earlier of numbersOf(directory))
    if (earlier < number) rmSync(lockFile(directory, earlier), { force: true });
}

function lockFile(directory: string, number: number): string {
  return join(directory, `lock.${number}`);
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
