import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { AktisError } from '@aktis/core';
import { makeDirectory } from '@aktis/core/loading';
import { branded } from '@aktis/transport';

/** A file or directory that others can change or read, where secrets lie. */
class UnsafeFileError extends AktisError {
  static override readonly code = 'ERR_AKTIS_UNSAFE_FILE';
}
branded(UnsafeFileError);

/** A file or directory of Aktis' own that cannot be made or written: no room, no right, a disk that is read-only. */
export class FileUnusableError extends AktisError {
  static override readonly code = 'ERR_AKTIS_FILE_UNUSABLE';
}
branded(FileUnusableError);

/** What to say to the user when the system refuses `path`. */
export function fileFailure(path: string, cause: unknown): Error {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOSPC: 'the disk is full',
    EDQUOT: 'the quota of this user is used up',
    EROFS: 'the disk is read-only',
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    ENOTDIR: 'a part of the path is a file',
    EEXIST: 'there is a file of that name',
    ENOENT: 'a directory of that name cannot be made there',
  };
  const reason = reasons[code];
  if (reason === undefined) return cause instanceof Error ? cause : new AktisError(message);
  return new FileUnusableError(
    `${path} cannot be used: ${reason}. Aktis keeps its files below AKTIS_HOME (default ~/.aktis), those of a node in --session-dir: ` +
      'make room, or name another place',
    { cause },
  );
}

/**
 * Makes the directory (0700) unless it is there, and checks that it is this user's alone. One that others could only look into, as
 * `mkdir` makes it, is closed to them; one that they could write to is refused, for what lies in it may be theirs.
 */
export function privateDirectory(path: string): string {
  try {
    makeDirectory(path, 0o700);
    // Not what a link that somebody else put there names.
    const found = lstatSync(path);
    const isOwn = found.isDirectory() && found.uid === process.getuid?.();
    if (isOwn && (found.mode & 0o077) !== 0 && (found.mode & 0o022) === 0) chmodSync(path, 0o700);
  } catch (error) {
    throw fileFailure(path, error);
  }
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
    throw fileFailure(path, error);
  }
}

/** The content of a file that is this user's alone; undefined when there is none. */
export function readPrivateFile(path: string): string | undefined {
  const file = openIfThere(path);
  if (file === undefined) return undefined;
  try {
    // What was opened, not what the path may name by now.
    checkPrivate(path, fstatSync(file), 'file');
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** Follows no link that somebody put there, and waits for nobody at a pipe. */
function openIfThere(path: string): number | undefined {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  try {
    return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP' || code === 'EMLINK') throw notOrdinary(path, 'file');
    throw error;
  }
}

function checkPrivate(path: string, found: Stats, kind: 'file' | 'directory'): void {
  if (kind === 'file' ? !found.isFile() : !found.isDirectory()) throw notOrdinary(path, kind);
  const uid = process.getuid?.();
  if (uid === undefined) return;
  if (found.uid !== uid) throw new UnsafeFileError(`${path} belongs to another user: remove it, or use another place`);
  if ((found.mode & 0o077) !== 0) {
    throw new UnsafeFileError(`${path} is open to other users: chmod ${kind === 'file' ? 600 : 700} ${path}`);
  }
}

function notOrdinary(path: string, kind: 'file' | 'directory'): UnsafeFileError {
  return new UnsafeFileError(`${path} is no ordinary ${kind}: remove it`);
}
