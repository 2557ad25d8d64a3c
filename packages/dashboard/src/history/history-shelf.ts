import { renameSync } from 'node:fs';
import type { PastSession, PastSessions } from '../api-types.ts';
import { type HistoryFile, historyFiles, isAlive, removeHistory } from './history-files.ts';
import { isCorrupt, SessionDatabase } from './session-database.ts';
import { SessionReader } from './session-reader.ts';

/** Sessions whose databases stay open. */
const OPEN = 4;

/** The sessions in a folder that were written down. What cannot be read is set aside, and said. */
export class HistoryShelf {
  readonly #directory: string;
  /** By path, the one used last at the end. */
  readonly #open = new Map<string, SessionDatabase>();
  readonly #known = new Map<string, { readonly stamp: string; readonly session: PastSession }>();
  readonly #problems: string[] = [];
  /** What this process writes is read by the same connection. */
  #own: SessionDatabase | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  set own(database: SessionDatabase | undefined) {
    this.#own = database;
  }

  /** The newest first. */
  list(): PastSessions {
    const sessions: PastSession[] = [];
    for (const file of historyFiles(this.#directory)) {
      const session = this.#read(file, reader => this.#session(file, reader));
      if (session !== undefined) sessions.push(session);
    }
    return { directory: this.#directory, sessions, problems: [...this.#problems] };
  }

  /** Undefined: there is no such session (any more). */
  session(sessionId: string): PastSession | undefined {
    const file = this.#find(sessionId);
    return file === undefined ? undefined : this.#read(file, reader => this.#session(file, reader));
  }

  /** Answers what a node of that session would be asked. Undefined: it is not known. */
  ask(sessionId: string, question: string, value: unknown): unknown {
    const file = this.#find(sessionId);
    return file === undefined ? undefined : this.#read(file, reader => reader.answer(question, value));
  }

  /** Forgets sessions that are over: the old ones, then, while all together have too much, the oldest. */
  tidy(oldest: number, maxBytes: number): void {
    const files = historyFiles(this.#directory).reverse();
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    for (const file of files) {
      const isOver = file.path !== this.#own?.path && !isAlive(file.pid);
      if (!isOver || (file.writtenAt >= oldest && bytes <= maxBytes)) continue;
      bytes -= file.bytes;
      this.#close(file.path);
      removeHistory(file);
    }
  }

  close(): void {
    for (const path of [...this.#open.keys()]) this.#close(path);
  }

  #find(sessionId: string): HistoryFile | undefined {
    return historyFiles(this.#directory).find(file => file.sessionId === sessionId);
  }

  #session(file: HistoryFile, reader: SessionReader): PastSession {
    const writes = isAlive(file.pid);
    const stamp = `${file.bytes} ${file.writtenAt} ${writes}`;
    const known = this.#known.get(file.path);
    if (known?.stamp === stamp) return known.session;
    const session = reader.session(file.bytes, writes);
    this.#known.set(file.path, { stamp, session });
    return session;
  }

  #read<T>(file: HistoryFile, read: (reader: SessionReader) => T): T | undefined {
    try {
      return read(new SessionReader(this.#database(file)));
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      this.#setAside(file, error as Error);
      return undefined;
    }
  }

  #database(file: HistoryFile): SessionDatabase {
    const { path } = file;
    if (path === this.#own?.path) return this.#own;
    const database = this.#open.get(path) ?? opened(file);
    this.#open.delete(path);
    this.#open.set(path, database);
    for (const other of this.#open.keys()) {
      if (this.#open.size <= OPEN) break;
      this.#close(other);
    }
    return database;
  }

  #setAside({ path }: HistoryFile, error: Error): void {
    this.#close(path);
    const aside = `${path}.corrupt`;
    renameSync(path, aside);
    removeHistory({ path });
    this.#problems.push(`${path} cannot be read (${error.message}); it was set aside as ${aside}`);
  }

  #close(path: string): void {
    this.#open.get(path)?.close();
    this.#open.delete(path);
  }
}

function opened(file: HistoryFile): SessionDatabase {
  const database = SessionDatabase.open(file);
  try {
    if (!isAlive(file.pid)) conclude(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A session that ended without a word: what it was doing when it was seen last has failed. */
function conclude(database: SessionDatabase): void {
  const facts = database.all<{ name: string }>('SELECT name FROM facts').map(({ name }) => name);
  if (facts.includes('endedAt') || facts.includes('concluded')) return;
  const message = 'Its session ended without a word, such as by kill -9';
  const seenAt = "(SELECT value FROM facts WHERE name = 'seenAt')";
  database.transaction(() => {
    database.run(`UPDATE attempts SET state = 'FAILED', endedAt = ${seenAt}, error = ? WHERE state = 'RUNNING'`, [
      JSON.stringify({ type: 'NodeDiedError', message }),
    ]);
    database.run(
      `UPDATE records SET data = json_set(data, '$.state', 'FAILED', '$.message', ?,
        '$.endedAt', strftime('%Y-%m-%dT%H:%M:%fZ', ${seenAt} / 1000, 'unixepoch'))
        WHERE resource = 'jobs' AND data->>'state' IN ('RUNNING', 'PENDING')`,
      [message],
    );
    database.run("INSERT INTO facts VALUES ('concluded', 1)");
  });
}
