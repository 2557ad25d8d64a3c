import { linkSync, renameSync, rmSync } from 'node:fs';
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

/** What keeps a directory to one process. It does not outlive it: the lock of a process that is gone is taken over. */
export class SessionLock {
  readonly #file: string;
  /** Unlike any other's, also of this process. */
  readonly #content: string;

  private constructor(file: string, content: string) {
    this.#file = file;
    this.#content = content;
  }

  /** @throws SessionInUseError while another node has it. */
  static acquire(directory: string): SessionLock {
    const file = join(directory, 'lock');
    const content = JSON.stringify({ ...thisProcess(), nonce: crypto.randomUUID() });
    const own = `${file}.${crypto.randomUUID()}`;
    writePrivateFile(own, content);
    try {
      // A link appears with its content, or not at all.
      while (!tryLink(own, file)) {
        const found = readPrivateFile(file);
        if (found === undefined) continue;
        const holder = parse(found);
        if (holder !== undefined && isRunning(holder)) {
          throw new SessionInUseError(
            `another node (pid ${holder.pid}) already uses ${directory}; end it with "aktis stop", or choose another ` +
              'directory with --session-dir',
          );
        }
        discard(file, found);
      }
    } finally {
      rmSync(own, { force: true });
    }
    return new SessionLock(file, content);
  }

  release(): void {
    if (readPrivateFile(this.#file) === this.#content) rmSync(this.#file, { force: true });
  }
}

/** Removes the lock if it still is the one that was `found`: another may have taken it over meanwhile. */
function discard(file: string, found: string): void {
  const aside = `${file}.${crypto.randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (readPrivateFile(aside) !== found) tryLink(aside, file);
  rmSync(aside, { force: true });
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

function parse(text: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(text) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
