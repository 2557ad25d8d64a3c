import { chmodSync, readdirSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeDirectory } from '@aktis/core/loading';

/** Where histories are, unless somebody says otherwise. */
export function historyDirectory(): string {
  const { AKTIS_HOME } = process.env;
  return join(AKTIS_HOME ? resolve(AKTIS_HOME) : join(homedir(), '.aktis'), 'history');
}

/** Makes the folder, for this user alone. */
export function privateFolder(directory: string): string {
  makeDirectory(directory, 0o700);
  chmodSync(directory, 0o700);
  return directory;
}

/** The history of one session: `20260131T120000-4711-<session>.sqlite`. */
export interface HistoryFile {
  readonly path: string;
  readonly sessionId: string;
  /** Of the process that writes it, or did. */
  readonly pid: number;
  readonly bytes: number;
  /** When it was written last; milliseconds since the epoch. */
  readonly writtenAt: number;
}

const NAME = /^\d{8}T\d{6}-(\d+)-(\w+)\.sqlite$/;

export function historyFileName(sessionId: string, startedAt: Date, pid: number): string {
  const time = startedAt.toISOString().replace(/[-:]|\.\d+Z$/g, '');
  return `${time}-${pid}-${sessionId}.sqlite`;
}

/** The histories in a folder, the newest session first. None: nothing is there, or nothing can be read. */
export function historyFiles(directory: string): HistoryFile[] {
  const files: HistoryFile[] = [];
  for (const name of namesIn(directory).sort().reverse()) {
    const [, pid, sessionId] = NAME.exec(name) ?? [];
    if (pid === undefined || sessionId === undefined) continue;
    const path = join(directory, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile()) files.push({ path, sessionId, pid: Number(pid), bytes: stat.size, writtenAt: stat.mtimeMs });
  }
  return files;
}

/** With what SQLite keeps beside it. */
export function removeHistory({ path }: Pick<HistoryFile, 'path'>): void {
  for (const each of [path, `${path}-journal`, lockOf(path)]) rmSync(each, { recursive: true, force: true });
}

/** The folder by which the library locks a database. */
export function lockOf(path: string): string {
  return `${path}.lock`;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
