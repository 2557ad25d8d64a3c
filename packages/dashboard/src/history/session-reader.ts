import type { NodeSeries, ResourceMap, TraceEvent } from '@aktis/core';
import type { NodeStateInfo, PastSession, StateAnswer, StateSummaries, TaskGroup, TaskType } from '../api-types.ts';
import type { ListQuery } from '../source.ts';
import type { SessionFacts } from './history-batch.ts';
import { sqlQuery } from './record-query.ts';
import type { Row, SessionDatabase } from './session-database.ts';
import { FIELDS, type StoredResource } from './stored-fields.ts';

/** Tasks in a timeline, the newest. */
const TRACED = 100_000;

type Facts = Readonly<Record<string, string | number | undefined>>;

/** Answers about one session that was written down, in the words in which a living one answers. */
export class SessionReader {
  readonly #database: SessionDatabase;

  constructor(database: SessionDatabase) {
    this.#database = database;
  }

  /** @param isAlive whether its process still writes */
  session(bytes: number, isAlive: boolean): PastSession {
    const facts = this.#facts();
    const { session, seenAt, endedAt, finished = 0, failed = 0, missed = 0 } = facts;
    return {
      ...(JSON.parse(String(session)) as SessionFacts),
      state: endedAt !== undefined ? 'ENDED' : isAlive ? 'RUNNING' : 'DIED',
      seenAt: new Date(Number(endedAt ?? seenAt)).toISOString(),
      ...(endedAt !== undefined && { endedAt: new Date(Number(endedAt)).toISOString() }),
      tasks: { finished: Number(finished), failed: Number(failed), missed: Number(missed) },
      bytes,
    };
  }

  /** Undefined: the past does not know. */
  answer(question: string, value: unknown): unknown {
    switch (question) {
      case 'state': {
        const { resource, query } = value as { resource: StoredResource | 'objects'; query?: ListQuery };
        return resource === 'objects' ? NOTHING : this.#list(resource, query ?? {});
      }
      case 'stateSummary': {
        const { resource, query } = value as { resource: keyof StateSummaries; query?: ListQuery };
        return this.#summary(resource, query ?? {});
      }
      case 'nodes':
        return this.#nodes().map(({ usage: _, ...node }) => node);
      case 'clusterResources':
        return sum(this.#nodes().map(({ resources }) => resources.total));
      case 'availableResources':
        return sum(this.#nodes().map(({ resources }) => resources.available));
      case 'memoryStats':
        return sum(
          this.#nodes().map(({ usage }) => ({ ...NO_MEMORY, ...usage?.objectStore })),
          NO_MEMORY,
        );
      case 'metrics':
        return [];
      case 'log':
        return { lines: [], last: {}, dropped: 0, known: false, ended: true };
      case 'series':
        return this.#series();
      case 'timeline':
        return this.#timeline();
      default:
        return undefined;
    }
  }

  #facts(): Facts {
    const rows = this.#database.all<{ name: string; value: string | number }>('SELECT name, value FROM facts');
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  }

  #nodes(): readonly NodeStateInfo[] {
    return this.#list('nodes', { limit: 10_000 }).items as readonly NodeStateInfo[];
  }

  #list(resource: StoredResource, query: ListQuery): StateAnswer<object> {
    const { where, values, order, limit, offset } = sqlQuery(resource, query);
    const from = resource === 'tasks' ? 'tasks' : 'records';
    const { count = 0 } =
      this.#database.get<{ count: number }>(`SELECT count(*) AS count FROM ${from} ${where}`, values) ?? {};
    const rows = this.#database.all(`SELECT * FROM ${from} ${where} ${order} LIMIT ? OFFSET ?`, [
      ...values,
      limit,
      offset,
    ]);
    const isDetailed = query.detail === true;
    return {
      items: rows.map(row => (resource === 'tasks' ? taskOf(row, isDetailed) : JSON.parse(String(row.data)))),
      total: count,
      dropped: resource === 'tasks' ? Number(this.#facts().missed ?? 0) : 0,
      truncated: count > offset + limit,
      missingNodes: [],
    };
  }

  #summary(resource: keyof StateSummaries, query: ListQuery): StateSummaries[typeof resource] {
    if (resource === 'tasks') return this.#taskSummary(query);
    if (resource === 'actors') return this.#actorSummary(query);
    return { total: 0, sizeBytes: 0, spilledBytes: 0, groups: [] };
  }

  #taskSummary(query: ListQuery): StateSummaries['tasks'] {
    const { where, values } = sqlQuery('tasks', query);
    const rows = this.#database.all<GroupRow>(
      `SELECT name, type, state, count(*) AS count, coalesce(sum(duration), 0) AS duration,
        coalesce(max(duration), 0) AS longest FROM tasks ${where} GROUP BY name, type, state`,
      values,
    );
    const groups = [...grouped(rows, ({ name, type }) => `${type} ${name}`)].map((rows): TaskGroup => {
      const [{ name, type }] = rows;
      const total = add(rows, ({ count }) => count);
      const ended = rows.filter(({ state }) => state === 'FINISHED' || state === 'FAILED');
      const totalDuration = add(ended, ({ duration }) => duration);
      return {
        name,
        type: type as TaskType,
        total,
        states: counts(rows),
        meanDuration:
          totalDuration /
          Math.max(
            1,
            add(ended, ({ count }) => count),
          ),
        maxDuration: Math.max(0, ...ended.map(({ longest }) => longest)),
        totalDuration,
      };
    });
    const total = add(rows, ({ count }) => count);
    const dropped = Number(this.#facts().missed ?? 0);
    return { total, dropped, states: counts(rows), groups: groups.sort((a, b) => b.total - a.total) };
  }

  #actorSummary(query: ListQuery): StateSummaries['actors'] {
    const { where, values } = sqlQuery('actors', query);
    const rows = this.#database.all<ActorGroupRow>(
      `SELECT data->>'className' AS name, data->>'state' AS state, count(*) AS count, sum(data->>'pendingCalls') AS pending,
        sum(data->>'callsDone') AS done, sum(data->>'restarts') AS restarts FROM records ${where} GROUP BY 1, 2`,
      values,
    );
    const groups = [...grouped(rows, ({ name }) => name)].map(rows => ({
      className: rows[0].name,
      total: add(rows, ({ count }) => count),
      states: counts(rows),
      pendingCalls: add(rows, ({ pending }) => pending),
      callsDone: add(rows, ({ done }) => done),
      restarts: add(rows, ({ restarts }) => restarts),
    }));
    const total = add(rows, ({ count }) => count);
    return { total, dropped: 0, states: counts(rows), groups: groups.sort((a, b) => b.total - a.total) };
  }

  #series(): NodeSeries[] {
    const names = JSON.parse(String(this.#facts().seriesNames ?? '[]')) as string[];
    const rows = this.#database.all<{ nodeId: string; at: number; sample: string }>(
      'SELECT nodeId, at, sample FROM series ORDER BY nodeId, at',
    );
    return [...grouped(rows, ({ nodeId }) => nodeId)].map(rows => {
      const samples = rows.map(({ sample }) => JSON.parse(sample) as (number | null)[]);
      const values = names.map((name, i) => [name, samples.map(sample => sample[i] ?? Number.NaN)]);
      const series = { nodeId: rows[0].nodeId, at: rows.map(({ at }) => at), values: Object.fromEntries(values) };
      return series as NodeSeries;
    });
  }

  #timeline(): TraceEvent[] {
    const rows = this.#database.all<TraceRow>(
      `SELECT taskId, attempt, name, state, workerId, actorId, startedAt, endedAt FROM tasks
        WHERE startedAt IS NOT NULL ORDER BY place DESC LIMIT ${TRACED}`,
    );
    const threads = new Map<string, number>();
    const events = rows.map(({ taskId, attempt, name, state, workerId, actorId, startedAt, endedAt }): TraceEvent => {
      // The number of a worker stands in its id, in front of 8 digits.
      const tid = workerId === null ? 0 : Number.parseInt(workerId.slice(8, -8), 16);
      threads.set(`worker ${tid}`, tid);
      const args = { failed: state === 'FAILED', taskId, attempt, ...(actorId !== null && { actorId }) };
      const dur = ((endedAt ?? startedAt) - startedAt) * 1000;
      return { name, cat: actorId === null ? 'task' : 'actor', ph: 'X', ts: startedAt * 1000, dur, pid: 0, tid, args };
    });
    const names = [...threads].map(
      ([name, tid]): TraceEvent => ({ name: 'thread_name', cat: '', ph: 'M', ts: 0, pid: 0, tid, args: { name } }),
    );
    return [...names, ...events.reverse()];
  }
}

interface GroupRow {
  readonly name: string;
  readonly type: string;
  readonly state: string;
  readonly count: number;
  readonly duration: number;
  readonly longest: number;
}

interface ActorGroupRow {
  readonly name: string;
  readonly state: string;
  readonly count: number;
  readonly pending: number;
  readonly done: number;
  readonly restarts: number;
}

interface TraceRow {
  readonly taskId: string;
  readonly attempt: number;
  readonly name: string;
  readonly state: string;
  readonly workerId: string | null;
  readonly actorId: string | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

const NOTHING: StateAnswer<object> = { items: [], total: 0, dropped: 0, truncated: false, missingNodes: [] };
const NO_MEMORY = { usedBytes: 0, limitBytes: 0, spilledBytes: 0, objects: 0 };
/** Told only to those who ask for details. */
const DETAILS = new Set(['argsReadyAt', 'argumentBytes']);

function taskOf(row: Row, isDetailed: boolean): object {
  const task: Record<string, unknown> = {};
  for (const [name, { kind }] of Object.entries(FIELDS.tasks)) {
    const value = row[name];
    if (value === null || value === undefined || (DETAILS.has(name) && !isDetailed)) continue;
    if (kind === 'time') task[name] = new Date(value as number).toISOString();
    else task[name] = kind === 'structure' ? JSON.parse(String(value)) : value;
  }
  const { error } = task as { error?: { type: string; message: string } };
  if (error !== undefined && !isDetailed) task.error = { type: error.type, message: error.message };
  return task;
}

function grouped<T>(rows: readonly T[], keyOf: (row: T) => string): Iterable<[T, ...T[]]> {
  const groups = new Map<string, [T, ...T[]]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups.values();
}

function counts(rows: readonly { readonly state: string; readonly count: number }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state, count } of rows) counts[state] = (counts[state] ?? 0) + count;
  return counts;
}

function add<T>(rows: readonly T[], of: (row: T) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}

function sum<M extends ResourceMap>(maps: readonly M[], empty = {} as M): M {
  const sums: Record<string, number> = { ...empty };
  for (const map of maps) for (const [name, amount] of Object.entries(map)) sums[name] = (sums[name] ?? 0) + amount;
  return sums as M;
}
