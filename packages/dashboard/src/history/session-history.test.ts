import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActorInfo, JobInfo, NodeSeries, NodeStateInfo, TaskInfo } from '@aktis/core';
import type { HistoryBatch, SessionFacts } from './history-batch.ts';
import { historyFileName } from './history-files.ts';
import { HistoryShelf } from './history-shelf.ts';
import { SessionWriter } from './session-writer.ts';

const require = createRequire(import.meta.url);
const MB = 2 ** 20;
const AT = Date.parse('2026-01-01T00:00:00.000Z');
const iso = (milliseconds: number) => new Date(AT + milliseconds).toISOString();

let directory: string;
let shelf: HistoryShelf;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'aktis-history-')), 'history');
  shelf = new HistoryShelf(directory);
});
afterEach(() => {
  shelf.close();
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

const facts = (sessionId: string, pid = process.pid): SessionFacts => ({
  sessionId,
  startedAt: iso(0),
  pid,
  host: 'box',
  entrypoint: 'train.ts',
  address: 'local',
});
/** A process id that nobody has: that of a process that has ended. */
const gone = spawnSync(process.execPath, ['-e', '']).pid;

const task = (number: number, more: Partial<TaskInfo> = {}): TaskInfo => ({
  taskId: `abcd000000000000000${String(number).padStart(3, '0')}`,
  attempt: 0,
  name: 'add',
  functionName: 'add',
  type: 'NORMAL_TASK',
  state: 'FINISHED',
  jobId: 'j1',
  nodeId: 'n1',
  workerId: 'abcdabcd00000100000000',
  submittedAt: iso(number),
  startedAt: iso(number + 1),
  endedAt: iso(number + 11),
  duration: 10,
  requiredResources: { CPU: 1 },
  argumentBytes: 5,
  ...more,
});
const batch = (more: Partial<HistoryBatch> = {}): HistoryBatch => ({
  at: AT + 1000,
  ended: [],
  running: [],
  missed: 0,
  records: {},
  series: [],
  ...more,
});
const job: JobInfo = {
  jobId: 'j1',
  type: 'DRIVER',
  state: 'RUNNING',
  entrypoint: 'train.ts',
  namespace: '',
  startedAt: iso(0),
};
const actor = (actorId: string, more: Partial<ActorInfo> = {}) =>
  ({
    actorId,
    className: 'Counter',
    state: 'ALIVE',
    detached: false,
    pendingCalls: 2,
    callsDone: 5,
    restarts: 0,
    createdAt: iso(0),
    requiredResources: {},
    ...more,
  }) as ActorInfo;

/** Writes a session, and leaves it as a process does that was killed, or with `end` properly. */
function write(
  sessionId: string,
  batches: readonly HistoryBatch[],
  { pid = gone, end = false, maxBytes = 100 * MB } = {},
) {
  const writer = new SessionWriter(directory, facts(sessionId, pid), maxBytes);
  for (const batch of batches) writer.write(batch);
  if (end) writer.end(AT + 2000);
  writer.close();
  return writer.path;
}
const list = (sessionId: string, resource: string, query = {}) =>
  shelf.ask(sessionId, 'state', { resource, query }) as {
    items: Record<string, unknown>[];
    total: number;
    dropped: number;
  };

test('what was written down of a session is there when it is over', () => {
  write(
    's1',
    [
      batch({
        ended: [task(1), task(2, { state: 'FAILED', error: { type: 'E', message: 'no', stack: 'E: no\n at' } })],
      }),
    ],
    {
      end: true,
    },
  );
  expect(shelf.list()).toEqual({
    directory,
    problems: [],
    sessions: [
      {
        ...facts('s1', gone),
        state: 'ENDED',
        seenAt: iso(2000),
        endedAt: iso(2000),
        tasks: { finished: 1, failed: 1, missed: 0 },
        bytes: expect.any(Number),
      },
    ],
  });
  const { items, total } = list('s1', 'tasks', { detail: true });
  expect(total).toBe(2);
  expect(items[1]).toEqual(task(1));
  expect(items[0]).toMatchObject({ state: 'FAILED', error: { type: 'E', message: 'no', stack: 'E: no\n at' } });
  expect(list('s1', 'tasks').items[0]?.error).toEqual({ type: 'E', message: 'no' });
  expect(list('s1', 'tasks').items[0]).not.toHaveProperty('argumentBytes');
});

test('filters, sorting and pages mean what they mean for living sessions', () => {
  const tasks = Array.from({ length: 30 }, (_, i) =>
    task(i, {
      name: i % 2 ? 'odd' : 'Even',
      state: i % 10 === 3 ? 'FAILED' : 'FINISHED',
      endedAt: iso(i + 1 + 10 * i),
    }),
  );
  write('s1', [batch({ ended: tasks })]);
  const names = (query: object) =>
    list('s1', 'tasks', query).items.map(({ submittedAt }) => Date.parse(String(submittedAt)) - AT);
  expect(list('s1', 'tasks', { filters: [['state', '=', 'FAILED']] }).total).toBe(3);
  expect(list('s1', 'tasks', { filters: [['name', 'contains', 'eve']] }).total).toBe(15);
  expect(list('s1', 'tasks', { filters: [['actorId', '=', '']] }).total).toBe(30);
  expect(names({ filters: [['duration', '>', '270']] })).toEqual([29, 28]);
  expect(names({ filters: [['endedAt', '<', iso(2)]] })).toEqual([0]);
  expect(names({ sort: 'duration', limit: 2, offset: 1 })).toEqual([1, 2]);
  expect(list('s1', 'tasks', { limit: 2 })).toMatchObject({ truncated: true, total: 30 });
  expect(() => list('s1', 'tasks', { filters: [['nam', '=', 'x']] })).toThrow(/no field nam of tasks; allowed: taskId/);
  expect(() => list('s1', 'tasks', { filters: [['duration', '>', 'long']] })).toThrow(/must have a number/);
  expect(() => list('s1', 'tasks', { filters: [['name', "= '' OR", 'x']] })).toThrow(/must have one of/);
  expect(() => list('s1', 'tasks', { sort: '1; DROP TABLE attempts' })).toThrow(/no field/);
  expect(() => list('s1', 'tasks', { limit: 0 })).toThrow(/whole number/);
});

test('things that change are kept as they were last', () => {
  write('s1', [
    batch({ records: { jobs: [job], actors: [actor('a1'), actor('a2')] } }),
    batch({ records: { actors: [actor('a1', { state: 'DEAD', deathCause: { type: 'E', message: 'why' } })] } }),
  ]);
  expect(list('s1', 'actors', { filters: [['state', '=', 'DEAD']] }).items).toEqual([
    actor('a1', { state: 'DEAD', deathCause: { type: 'E', message: 'why' } }),
  ]);
  expect(
    list('s1', 'actors', {
      filters: [
        ['detached', '=', 'false'],
        ['callsDone', '>=', '5'],
      ],
    }).total,
  ).toBe(2);
  expect(shelf.ask('s1', 'stateSummary', { resource: 'actors' })).toMatchObject({
    total: 2,
    states: { ALIVE: 1, DEAD: 1 },
    groups: [{ className: 'Counter', total: 2, pendingCalls: 4, callsDone: 10 }],
  });
});

test('tasks are summed up by function', () => {
  write('s1', [batch({ ended: [task(1), task(2), task(3, { name: 'other', state: 'FAILED' })], missed: 7 })]);
  expect(shelf.ask('s1', 'stateSummary', { resource: 'tasks' })).toEqual({
    total: 3,
    dropped: 7,
    states: { FINISHED: 2, FAILED: 1 },
    groups: [
      {
        name: 'add',
        type: 'NORMAL_TASK',
        total: 2,
        states: { FINISHED: 2 },
        meanDuration: 10,
        maxDuration: 10,
        totalDuration: 20,
      },
      expect.objectContaining({ name: 'other', total: 1, states: { FAILED: 1 } }),
    ],
  });
});

test('a session that ended without a word: what ran then has failed, and so has its job', () => {
  const running = task(5, { state: 'RUNNING' });
  const { endedAt: _, duration: __, ...unfinished } = running;
  write('s1', [batch({ running: [unfinished], records: { jobs: [job] } })]);
  expect(shelf.session('s1')?.state).toBe('DIED');
  expect(list('s1', 'tasks').items[0]).toMatchObject({
    state: 'FAILED',
    endedAt: iso(1000),
    error: { type: 'NodeDiedError' },
  });
  expect(list('s1', 'jobs').items[0]).toMatchObject({ state: 'FAILED', endedAt: iso(1000) });
});

test('a session that ended properly: its job has succeeded', () => {
  write('s1', [batch({ records: { jobs: [job] } })], { end: true });
  expect(list('s1', 'jobs').items[0]).toMatchObject({ state: 'SUCCEEDED', endedAt: iso(2000) });
});

test('what runs is replaced by what has ended', () => {
  write('s1', [batch({ running: [task(1, { state: 'RUNNING' })] }), batch({ ended: [task(1)] })], { end: true });
  expect(list('s1', 'tasks').items.map(({ state }) => state)).toEqual(['FINISHED']);
});

test('the charts, the timeline and what there was', () => {
  const values = { cpuPercent: [50, Number.NaN], running: [1, 2] } as unknown as NodeSeries['values'];
  const node = {
    nodeId: 'n1',
    name: 'box',
    state: 'ALIVE',
    resources: { total: { CPU: 4 }, available: { CPU: 1 } },
    startedAt: iso(0),
    usage: { objectStore: { usedBytes: 5, limitBytes: 10, spilledBytes: 0, objects: 1 } },
  } as unknown as NodeStateInfo;
  const series = [{ nodeId: 'n1', at: [AT, AT + 1000], values }];
  write('s1', [batch({ series, ended: [task(1)], records: { nodes: [node] } }), batch({ series })]);
  expect(shelf.ask('s1', 'series', {})).toEqual([
    { nodeId: 'n1', at: [AT, AT + 1000], values: { cpuPercent: [50, Number.NaN], running: [1, 2] } },
  ]);
  expect(shelf.ask('s1', 'timeline', null)).toEqual([
    expect.objectContaining({ ph: 'M', args: { name: 'worker 1' } }),
    expect.objectContaining({ name: 'add', ts: (AT + 2) * 1000, dur: 10_000, tid: 1 }),
  ]);
  expect(shelf.ask('s1', 'clusterResources', null)).toEqual({ CPU: 4 });
  expect(shelf.ask('s1', 'memoryStats', null)).toMatchObject({ usedBytes: 5, objects: 1 });
  expect(shelf.ask('s1', 'stacks', null)).toBeUndefined();
  expect(shelf.ask('nobody', 'timeline', null)).toBeUndefined();
});

test('only this user may read it', () => {
  const path = write('s1', [batch()]);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a file that is no database is set aside, and said; the others are there', () => {
  write('s1', [batch()]);
  const path = join(directory, historyFileName('s2', new Date(AT), gone));
  writeFileSync(path, 'this is no database at all'.repeat(100));
  const { sessions, problems } = shelf.list();
  expect(sessions.map(({ sessionId }) => sessionId)).toEqual(['s1']);
  expect(problems).toEqual([expect.stringContaining(`${path} cannot be read`)]);
  expect(existsSync(`${path}.corrupt`)).toBe(true);
  expect(shelf.list().problems).toHaveLength(1);
});

test('a file whose pages are damaged is set aside when that shows', () => {
  const path = write('s1', [batch({ ended: Array.from({ length: 900 }, (_, i) => task(i)) })], { end: true });
  const { size } = statSync(path);
  const damaged = Buffer.alloc(size - 8192, 0x5a);
  const file = Buffer.concat([readFileSync(path).subarray(0, 8192), damaged]);
  writeFileSync(path, file);
  expect(list('s1', 'tasks')).toBeUndefined();
  expect(shelf.list()).toMatchObject({ sessions: [], problems: [expect.stringContaining('set aside')] });
});

test('a full disk fails the batch, and leaves what was there', () => {
  const writer = new SessionWriter(directory, facts('s1'), 100 * MB);
  shelf.own = writer.database;
  writer.write(batch({ ended: [task(1)] }));
  // What SQLite does when it cannot make the file larger.
  writer.database.exec('PRAGMA max_page_count = 20');
  const many = Array.from({ length: 900 }, (_, i) => task(i + 2, { attempt: 1 }));
  expect(() => writer.write(batch({ ended: many }))).toThrow(/full/);
  expect(list('s1', 'tasks').total).toBe(1);
  shelf.own = undefined;
  writer.close();
});

test('above its limit a session forgets its oldest tasks, and says how many', () => {
  const rounds = Array.from({ length: 120 }, (_, round) =>
    batch({ ended: Array.from({ length: 100 }, (_, i) => task(i, { taskId: `abcd${round * 100 + i}`, attempt: 0 })) }),
  );
  const path = write('s1', rounds, { end: true, maxBytes: MB });
  const { total, dropped } = list('s1', 'tasks');
  expect(statSync(path).size).toBeLessThan(2 * MB);
  expect(dropped).toBeGreaterThan(0);
  expect(total + dropped).toBe(12_000);
  expect(list('s1', 'tasks', { filters: [['taskId', '=', 'abcd11999']] }).total).toBe(1);
});

test('sessions that are over go when they are old, or too much', () => {
  const day = 86_400_000;
  const writeAgo = (sessionId: string, daysAgo: number, pid = gone) => {
    const path = write(sessionId, [batch()], { pid });
    utimesSync(path, new Date(), new Date(Date.now() - daysAgo * day));
    return statSync(path).size;
  };
  const names = () =>
    shelf
      .list()
      .sessions.map(({ sessionId }) => sessionId)
      .sort();
  const size = writeAgo('new', 0);
  writeAgo('older', 2);
  writeAgo('old', 9);
  writeAgo('alive', 9, process.pid);
  shelf.tidy(Date.now() - 7 * day, 100 * MB);
  expect(names()).toEqual(['alive', 'new', 'older']);
  // Reading has closed what was dead as failed; that is no news.
  shelf.tidy(0, Math.ceil(2.5 * size));
  expect(names()).toHaveLength(2);
  expect(names()).toContain('alive');
  expect(readdirSync(directory).filter(name => name.includes('old-'))).toEqual([]);
});

test('what a killed writer left half done is undone', () => {
  const path = write('s1', [batch({ ended: [task(1)] })]);
  // Pages of a transaction that never ends, on disk already, with the lock and the journal: what kill -9 leaves behind.
  const program = `
    const sqlite = require(${JSON.stringify(require.resolve('node-sqlite3-wasm'))});
    const database = new sqlite.Database(${JSON.stringify(path)});
    database.exec('PRAGMA journal_mode = TRUNCATE; PRAGMA cache_size = 5; BEGIN IMMEDIATE');
    for (let i = 0; i < 2000; i++) database.run("INSERT INTO attempts (taskId, attempt, kind) VALUES (?, 0, 1)", ['x' + i]);
    process.kill(process.pid, 'SIGKILL');`;
  expect(spawnSync(process.execPath, ['-e', program]).signal).toBe('SIGKILL');
  expect(existsSync(`${path}.lock`)).toBe(true);
  expect(statSync(`${path}-journal`).size).toBeGreaterThan(0);
  expect(list('s1', 'tasks').items.map(({ taskId }) => taskId)).toEqual([task(1).taskId]);
  expect(shelf.list().problems).toEqual([]);
});
