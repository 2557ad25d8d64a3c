import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, type Stats, writeFileSync } from 'node:fs';
import { AktisError } from '@aktis/core';
import { branded } from '@aktis/transport';

/** A file or directory that others can change or read, where secrets lie. */
class UnsafeFileError extends AktisError {
  static override readonly code = 'ERR_AKTIS_UNSAFE_FILE';
}
branded(UnsafeFileError);

/** Makes the directory (0700) unless it is there, and checks that it is this user's alone. */
export function privateDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  checkPrivate(path, lstatSync(path), 'directory');
  return path;
}

/** Writes the whole file (0600): whoever reads it sees the old content or the new. */
export function writePrivateFile(path: string, content: string): void {
  const unfinished = `${path}.${process.pid}.${crypto.randomUUID()}`;
  try {
    writeFileSync(unfinished, content, { mode: 0o600, flag: 'wx' });
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** The content of a file that is this user's alone; undefined when there is none. */
export function readPrivateFile(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  checkPrivate(path, found, 'file');
  return readFileSync(path, 'utf8');
}

function checkPrivate(path: string, found: Stats, kind: 'file' | 'directory'): void {
  // lstat: a link that somebody else put there is no file of ours.
  if (kind === 'file' ? !found.isFile() : !found.isDirectory()) {
    throw new UnsafeFileError(`${path} is no ordinary ${kind}: remove it`);
  }
  const uid = process.getuid?.();
  if (uid === undefined) return;
  if (found.uid !== uid) throw new UnsafeFileError(`${path} belongs to another user: remove it, or use another place`);
  if ((found.mode & 0o077) !== 0) {
    throw new UnsafeFileError(`${path} is open to other users: chmod ${kind === 'file' ? 600 : 700} ${path}`);
  }
}
