import fs, { closeSync, openSync, rmSync, statSync } from 'node:fs';
import sqlite, { type Database, type JSValue, type QueryResult, type Statement } from 'node-sqlite3-wasm';
import { type HistoryFile, isAlive, lockOf } from './history-files.ts';

/** A transaction takes far less; a lock that is older was left behind. */
const LONGEST_LOCK_MS = 60_000;
const BUSY_PAUSE_MS = 20;
const LONGEST_WAIT_MS = 2_000;

// When it opens a file, SQLite undoes what a killed writer left half done, unless somebody else is about to write. The
// library takes its own lock for somebody else's (node-sqlite3-wasm 0.8.60, `_nodejsCheckReservedLock`), so it never does,
// and the file is corrupt. Whoever may ask has the only lock there is, so the answer is always: nobody.
const { accessSync } = fs;
fs.accessSync = (path, mode) => {
  if (String(path).endsWith('.sqlite.lock')) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
  accessSync(path, mode);
};

export type Row = Readonly<Record<string, string | number | null>>;

/**
 * The database of one session. SQLite runs as WebAssembly, so nothing has to be compiled; what is asked of it is done
 * before the call returns, which is why all this happens in a thread of its own.
 */
export class SessionDatabase {
  readonly path: string;
  readonly #database: Database;
  readonly #statements = new Map<string, Statement>();
  readonly #pid: number;

  private constructor(path: string, database: Database, pid: number) {
    this.path = path;
    this.#database = database;
    this.#pid = pid;
  }

  /** Makes the file; the process that asks is its writer. */
  static create(path: string): SessionDatabase {
    closeSync(openSync(path, 'wx', 0o600));
    return new SessionDatabase(path, new sqlite.Database(path), process.pid);
  }

  /** Opens what a session has written, or is writing. What a killed writer left half done is undone by SQLite. */
  static open({ path, pid }: Pick<HistoryFile, 'path' | 'pid'>): SessionDatabase {
    breakOldLock(path, pid);
    return new SessionDatabase(path, new sqlite.Database(path, { fileMustExist: true }), pid);
  }

  run(sql: string, values: readonly JSValue[] = []): void {
    this.#patiently(() => this.#statement(sql).run(values as JSValue[]));
  }

  all<R extends object = Row>(sql: string, values: readonly JSValue[] = []): R[] {
    return this.#patiently(() => this.#statement(sql).all(values as JSValue[])) as QueryResult[] as R[];
  }

  get<R extends object = Row>(sql: string, values: readonly JSValue[] = []): R | undefined {
    return this.all<R>(sql, values)[0];
  }

  exec(sql: string): void {
    this.#patiently(() => this.#database.exec(sql));
  }

  /** All or nothing. */
  transaction(work: () => void): void {
    this.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.exec('COMMIT');
    } catch (error) {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    if (!this.#database.isOpen) return;
    for (const statement of this.#statements.values()) {
      try {
        statement.finalize();
      } catch {
        // It says again why it failed when it ran.
      }
    }
    this.#statements.clear();
    this.#database.close();
  }

  /** Statements are few, and made once. */
  #statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Another process may be reading: it is done soon. */
  #patiently<T>(work: () => T): T {
    const limit = performance.now() + LONGEST_WAIT_MS;
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || performance.now() > limit) throw error;
        breakOldLock(this.path, this.#pid);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_PAUSE_MS);
      }
    }
  }
}

/** Nothing in the file can be trusted any more. */
export function isCorrupt(error: unknown): boolean {
  return /malformed|not a database|no such table|no such column/i.test((error as Error).message);
}

function isBusy(error: unknown): boolean {
  return /database is locked/i.test((error as Error).message);
}

/** The lock is a folder: who is killed in the middle of a transaction leaves it behind. */
function breakOldLock(path: string, pid: number): void {
  const lock = lockOf(path);
  const stat = statSync(lock, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const isLeft = !isAlive(pid) || Date.now() - stat.mtimeMs > LONGEST_LOCK_MS;
  if (isLeft) rmSync(lock, { recursive: true, force: true });
}
