import { join } from 'node:path';
import type { TaskInfo } from '@aktis/core';
import { type HistoryBatch, ID_FIELDS, KEPT, type SessionFacts } from './history-batch.ts';
import { historyFileName, privateFolder } from './history-files.ts';
import { SessionDatabase } from './session-database.ts';

/** What all attempts of one function have in common stands in `kinds`: it is most of what there is to say of a short task. */
const SCHEMA = `
  PRAGMA journal_mode = TRUNCATE;
  PRAGMA synchronous = NORMAL;
  PRAGMA user_version = 1;
  CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE kinds (
    kind INTEGER PRIMARY KEY, name TEXT, functionName TEXT, type TEXT, jobId TEXT, nodeId TEXT, requiredResources TEXT);
  CREATE TABLE attempts (
    place INTEGER PRIMARY KEY, taskId TEXT, attempt INTEGER, kind INTEGER, state TEXT, workerId TEXT, actorId TEXT,
    parentTaskId TEXT, submittedAt REAL, argsReadyAt REAL, startedAt REAL, endedAt REAL, argumentBytes INTEGER, error TEXT);
  CREATE UNIQUE INDEX attempts_by_id ON attempts (taskId, attempt);
  CREATE INDEX attempts_by_time ON attempts (submittedAt);
  CREATE INDEX attempts_failed ON attempts (endedAt) WHERE state = 'FAILED';
  CREATE INDEX attempts_running ON attempts (place) WHERE state = 'RUNNING';
  CREATE VIEW tasks AS SELECT attempts.*, name, functionName, type, jobId, nodeId, requiredResources,
    max(0, endedAt - startedAt) AS duration FROM attempts JOIN kinds USING (kind);
  CREATE TABLE records (resource TEXT, id TEXT, data TEXT, PRIMARY KEY (resource, id)) WITHOUT ROWID;
  CREATE TABLE series (nodeId TEXT, at REAL, sample TEXT, PRIMARY KEY (nodeId, at)) WITHOUT ROWID;
`;
const INSERT_ATTEMPT = `INSERT OR REPLACE INTO attempts (taskId, attempt, kind, state, workerId, actorId, parentTaskId,
  submittedAt, argsReadyAt, startedAt, endedAt, argumentBytes, error) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)`;
const INSERT_RECORD = `INSERT INTO records VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET data = excluded.data WHERE data <> excluded.data`;
/** Samples that are older are kept for every tenth second only. */
const FINE_MS = 3_600_000;
/** Batches between two looks at the size. */
const TIDY_EVERY = 30;

/** Programs that give every task a name of its own have as many kinds as tasks. */
const REMEMBERED_KINDS = 10_000;

/** Writes down one session. */
export class SessionWriter {
  readonly path: string;
  readonly #database: SessionDatabase;
  readonly #maxBytes: number;
  readonly #kinds = new Map<string, number>();
  #lastKind = 0;
  #names: readonly string[] = [];
  #batches = 0;

  /** @param maxBytes above that the oldest tasks go */
  constructor(directory: string, facts: SessionFacts, maxBytes: number) {
    const { sessionId, startedAt, pid } = facts;
    this.path = join(privateFolder(directory), historyFileName(sessionId, new Date(startedAt), pid));
    this.#maxBytes = maxBytes;
    this.#database = SessionDatabase.create(this.path);
    this.#database.exec(SCHEMA);
    this.#put({ session: JSON.stringify(facts), seenAt: Date.parse(startedAt), finished: 0, failed: 0, missed: 0 });
  }

  get database(): SessionDatabase {
    return this.#database;
  }

  write(batch: HistoryBatch): void {
    const { at, ended, running, missed, records, series } = batch;
    this.#database.transaction(() => {
      // Those that still run are in the batch.
      this.#database.run(`DELETE FROM attempts WHERE state = 'RUNNING'`);
      for (const task of running) this.#insert(task);
      for (const task of ended) this.#insert(task);
      for (const resource of KEPT) {
        for (const record of records[resource] ?? []) {
          const id = (record as unknown as Record<string, string>)[ID_FIELDS[resource]] as string;
          this.#database.run(INSERT_RECORD, [resource, id, JSON.stringify(record)]);
        }
      }
      for (const { nodeId, at, values } of series) this.#sample(nodeId, at, values);
      const failed = ended.reduce((sum, { state }) => sum + (state === 'FAILED' ? 1 : 0), 0);
      this.#add({ finished: ended.length - failed, failed, missed });
      this.#put({ seenAt: at });
    });
    if (this.#batches++ % TIDY_EVERY === TIDY_EVERY - 1) this.#tidy(at);
  }

  /** The session has ended properly. */
  end(at: number): void {
    const ended = new Date(at).toISOString();
    this.#database.transaction(() => {
      this.#database.run(
        `UPDATE records SET data = json_set(data, '$.state', 'SUCCEEDED', '$.endedAt', ?)
          WHERE resource = 'jobs' AND data->>'state' = 'RUNNING' AND data->>'type' = 'DRIVER'`,
        [ended],
      );
      this.#put({ seenAt: at, endedAt: at });
    });
  }

  close(): void {
    this.#database.close();
  }

  #insert(task: TaskInfo): void {
    const { taskId, attempt, state, workerId, actorId, parentTaskId, argumentBytes, error } = task;
    this.#database.run(INSERT_ATTEMPT, [
      taskId,
      attempt,
      this.#kindOf(task),
      state,
      workerId ?? null,
      actorId ?? null,
      parentTaskId ?? null,
      timeOf(task.submittedAt),
      timeOf(task.argsReadyAt),
      timeOf(task.startedAt),
      timeOf(task.endedAt),
      argumentBytes ?? null,
      error === undefined ? null : JSON.stringify(error),
    ]);
  }

  #kindOf({ name, functionName, type, jobId, nodeId, requiredResources }: TaskInfo): number {
    const values = [name, functionName, type, jobId, nodeId ?? null, JSON.stringify(requiredResources)];
    const key = JSON.stringify(values);
    let kind = this.#kinds.get(key);
    if (kind === undefined) {
      if (this.#kinds.size >= REMEMBERED_KINDS) this.#kinds.clear();
      kind = ++this.#lastKind;
      this.#database.run('INSERT INTO kinds VALUES (?, ?, ?, ?, ?, ?, ?)', [kind, ...values]);
      this.#kinds.set(key, kind);
    }
    return kind;
  }

  #sample(nodeId: string, at: readonly number[], values: Readonly<Record<string, readonly number[]>>): void {
    if (this.#names.length === 0) {
      this.#names = Object.keys(values);
      this.#put({ seriesNames: JSON.stringify(this.#names) });
    }
    at.forEach((time, i) => {
      const sample = this.#names.map(name => rounded(values[name]?.[i]));
      this.#database.run('INSERT OR IGNORE INTO series VALUES (?, ?, ?)', [nodeId, time, JSON.stringify(sample)]);
    });
  }

  #put(facts: Readonly<Record<string, string | number>>): void {
    for (const [name, value] of Object.entries(facts)) {
      this.#database.run('INSERT OR REPLACE INTO facts VALUES (?, ?)', [name, value]);
    }
  }

  #add(counts: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(counts)) {
      if (count > 0) this.#database.run('UPDATE facts SET value = value + ? WHERE name = ?', [count, name]);
    }
  }

  /** Keeps the file within its limit: what is deleted makes room for what comes. */
  #tidy(now: number): void {
    const database = this.#database;
    database.run('DELETE FROM series WHERE at < ? AND CAST(at / 1000 AS INTEGER) % 10 <> 0', [now - FINE_MS]);
    const pages = database.get<{ used: number; size: number }>(
      `SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count) AS used,
        (SELECT page_size FROM pragma_page_size) AS size`,
    );
    if (pages === undefined || pages.used * pages.size < this.#maxBytes * 0.9) return;
    database.transaction(() => {
      const place = '(SELECT min(place) + (max(place) - min(place)) / 4 FROM attempts)';
      const { count = 0 } =
        database.get<{ count: number }>(`SELECT count(*) count FROM attempts WHERE place <= ${place}`) ?? {};
      database.run(`DELETE FROM attempts WHERE place <= ${place}`);
      database.run('DELETE FROM kinds WHERE kind NOT IN (SELECT kind FROM attempts)');
      this.#kinds.clear();
      this.#add({ missed: count });
    });
  }
}

function timeOf(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text);
}

function rounded(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : Math.round(value * 1000) / 1000;
}
