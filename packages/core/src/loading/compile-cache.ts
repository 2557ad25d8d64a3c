import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { makeDirectory } from './make-directory.ts';
import { compilerSettings } from './tsconfig.ts';
import { type Compiled, compilerVersion, type WantedFormat } from './typescript-compiler.ts';

/** Changes when the options given to the compiler change in a way the settings do not show. */
const layout = 2;

/**
 * Compiled files on disk, found by all that decides what they become. It is what makes a worker thread start without
 * the compiler: the program's first worker fills it. Only ever an aid: whatever fails, nothing is found or kept.
 */
export class CompileCache {
  readonly #folder: string | undefined;
  #version: string | undefined;

  constructor(folder: string | undefined = defaultFolder()) {
    this.#folder = folder !== undefined && isOurs(folder) ? folder : undefined;
  }

  /** Names what compiling `source` gives. */
  key(file: string, source: string, wanted: WantedFormat): string {
    this.#version ??= compilerVersion();
    const { file: tsconfig, paths, ...settings } = compilerSettings(dirname(file));
    const what = JSON.stringify([layout, this.#version, wanted, file, settings]);
    return createHash('sha256').update(what).update('\0').update(source).digest('hex').slice(0, 40);
  }

  get(key: string): Compiled | undefined {
    if (this.#folder === undefined) return undefined;
    try {
      const text = readFileSync(join(this.#folder, key), 'utf8');
      const end = text.indexOf('\n');
      const format = text.slice(0, end);
      return format === 'module' || format === 'commonjs' ? { format, code: text.slice(end + 1) } : undefined;
    } catch {
      return undefined;
    }
  }

  set(key: string, { format, code }: Compiled): void {
    if (this.#folder === undefined) return;
    const file = join(this.#folder, key);
    const unfinished = `${file}.${process.pid}.${threadId}`;
    try {
      // Readers in other threads and processes see all of it or nothing.
      writeFileSync(unfinished, `${format}\n${code}`, { mode: 0o600 });
      renameSync(unfinished, file);
    } catch {
      // A full or read-only disk.
    }
  }
}

/** `AKTIS_COMPILE_CACHE` names another folder; empty means none. */
function defaultFolder(): string | undefined {
  const named = process.env.AKTIS_COMPILE_CACHE;
  if (named !== undefined) return named === '' ? undefined : named;
  return join(tmpdir(), `aktis-${process.getuid?.() ?? userInfo().username}`, 'compiled');
}

/** The temporary folder is everyone's, and what lies in the cache is run: it must be ours alone. */
function isOurs(folder: string): boolean {
  try {
    makeDirectory(folder, 0o700);
    return [dirname(folder), folder].every((part, index) => {
      const found = lstatSync(part);
      if (!found.isDirectory()) return false;
      const uid = process.getuid?.();
      if (uid === undefined) return true;
      // The folder above is ours too where we made it; where the user named the cache, only the cache counts.
      const named = index === 0 && process.env.AKTIS_COMPILE_CACHE !== undefined;
      return named || (found.uid === uid && (found.mode & 0o077) === 0);
    });
  } catch {
    return false;
  }
}
