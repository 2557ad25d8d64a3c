import fc from 'fast-check';
import type { StateAnswer, TaskInfo } from '../types/state.ts';
import { number, text, time } from './columns.ts';
import { listState } from './list-state.ts';
import { mergeLogs, mergeMetrics, mergeState, mergeSummaries } from './merge-state.ts';
import { partialQuery } from './state-query.ts';
import type { AnyStateTable } from './state-table.ts';
import { summarizeState } from './summarize-state.ts';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly at: number;
  readonly duration: number;
  readonly state: 'FINISHED' | 'FAILED' | 'RUNNING';
}

function tableOf(rows: readonly Row[]): AnyStateTable {
  const columns = {
    taskId: text<Row>(({ id }) => id),
    name: text<Row>(({ name }) => name),
    type: text<Row>(() => 'NORMAL_TASK'),
    state: text<Row>(({ state }) => state),
    duration: number<Row>(({ duration }) => duration),
    submittedAt: time<Row>(({ at }) => at),
  };
  return { idColumn: 'taskId', dropped: 1, columns, rows: () => rows } as unknown as AnyStateTable;
}

const row = fc.record({
  id: fc.uuid(),
  name: fc.constantFrom('add', 'sub', 'mul'),
  at: fc.integer({ min: 0, max: 1000 }),
  duration: fc.integer({ min: 0, max: 100 }),
  state: fc.constantFrom('FINISHED' as const, 'FAILED' as const, 'RUNNING' as const),
});

const nodes = fc.array(fc.array(row, { maxLength: 30 }), { minLength: 1, maxLength: 4 });
const queries = fc.record({
  limit: fc.integer({ min: 1, max: 40 }),
  offset: fc.integer({ min: 0, max: 40 }),
  sort: fc.constantFrom('duration' as const, '-duration' as const, '-submittedAt' as const, 'name' as const),
});

test('what several nodes answer is merged to what one node with all of it would answer', async () => {
  await fc.assert(
    fc.asyncProperty(nodes, queries, async (parts, query) => {
      const partials = await Promise.all(
        parts.map(rows => listState<TaskInfo>('tasks', tableOf(rows), partialQuery(query))),
      );
      const whole = await listState<TaskInfo>('tasks', tableOf(parts.flat()), query);
      expect(mergeState('tasks', query, partials)).toEqual({ ...whole, dropped: parts.length });
    }),
    { numRuns: 60 },
  );
});

test('nodes that did not answer are named', () => {
  const empty: StateAnswer<TaskInfo> = { items: [], total: 0, dropped: 0, truncated: false, missingNodes: ['b'] };
  expect(mergeState('tasks', {}, [empty], ['a']).missingNodes).toEqual(['a', 'b']);
  expect(mergeState('tasks', undefined, [])).toEqual({
    items: [],
    total: 0,
    dropped: 0,
    truncated: false,
    missingNodes: [],
  });
});

test('summaries of several nodes add up to the summary of all', async () => {
  await fc.assert(
    fc.asyncProperty(nodes, async parts => {
      const partials = await Promise.all(parts.map(rows => summarizeState('tasks', tableOf(rows), undefined)));
      const merged = mergeSummaries('tasks', partials);
      const whole = await summarizeState('tasks', tableOf(parts.flat()), undefined);
      const byName = (groups: readonly { readonly name: string }[]) =>
        [...groups].sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(byName(merged.groups)).toEqual(byName(whole.groups));
      expect({ ...merged, groups: [] }).toEqual({ ...whole, dropped: parts.length, groups: [] });
    }),
    { numRuns: 60 },
  );
});

test('groups of actors and objects add up', () => {
  const actors = { total: 2, dropped: 0, states: { ALIVE: 1, DEAD: 1 }, groups: [] };
  const group = { className: 'A', total: 2, states: { ALIVE: 2 }, pendingCalls: 1, callsDone: 5, restarts: 1 };
  expect(
    mergeSummaries('actors', [
      { ...actors, groups: [group] },
      { ...actors, groups: [group] },
    ]),
  ).toEqual({
    total: 4,
    dropped: 0,
    states: { ALIVE: 2, DEAD: 2 },
    groups: [{ className: 'A', total: 4, states: { ALIVE: 4 }, pendingCalls: 2, callsDone: 10, restarts: 2 }],
  });
  const put = { creator: 'put', kind: 'PUT' as const, total: 1, sizeBytes: 10, spilledBytes: 0 };
  const big = { creator: 'big', kind: 'RETURN' as const, total: 1, sizeBytes: 15, spilledBytes: 15 };
  expect(
    mergeSummaries('objects', [
      { total: 2, sizeBytes: 25, spilledBytes: 15, groups: [big, put] },
      { total: 1, sizeBytes: 10, spilledBytes: 0, groups: [put] },
    ]),
  ).toEqual({
    total: 3,
    sizeBytes: 35,
    spilledBytes: 15,
    groups: [{ ...put, total: 2, sizeBytes: 20 }, big],
  });
});

test('logs of several nodes are one, in the order of time, and those of one node stay in theirs', () => {
  const line = (nodeId: string, number: number, second: number) => {
    const at = new Date(second * 1000).toISOString();
    return { number, at, stream: 'stdout' as const, text: '', nodeId, workerId: 'w', name: 'f' };
  };
  const [a1, a2, b1] = [line('a', 1, 5), line('a', 2, 5), line('b', 1, 4)];
  const rest = { dropped: 1, known: true, ended: true };
  const unknown = { lines: [], last: { c: 0 }, dropped: 0, known: false, ended: false };
  expect(
    mergeLogs([{ lines: [a1, a2], last: { a: 2 }, ...rest }, { lines: [b1], last: { b: 1 }, ...rest }, unknown]),
  ).toEqual({ lines: [b1, a1, a2], last: { a: 2, b: 1, c: 0 }, dropped: 2, known: true, ended: true });
  expect(mergeLogs([unknown])).toMatchObject({ known: false, ended: false });
});

test('metrics of one name and kind share a family', () => {
  const hits = { name: 'hits', kind: 'counter' as const, description: '', tagKeys: ['node_id'], samples: [] };
  const of = (node_id: string) => ({ ...hits, samples: [{ tags: { node_id }, value: 1 }] });
  expect(mergeMetrics([[of('a')], [of('b'), { ...hits, name: 'other' }], [{ ...of('c'), kind: 'gauge' }]])).toEqual([
    { ...hits, samples: [...of('a').samples, ...of('b').samples] },
    { ...hits, name: 'other' },
  ]);
});
