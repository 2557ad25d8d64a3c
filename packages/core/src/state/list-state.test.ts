import { InvalidOptionError } from '../errors.ts';
import type { StateOperator } from '../types/state.ts';
import { detail, flag, list, number, structure, text, time } from './columns.ts';
import { listState } from './list-state.ts';
import { partialQuery } from './state-query.ts';
import type { AnyStateTable } from './state-table.ts';

interface Row {
  readonly id: string;
  readonly size: number | undefined;
  readonly at: number;
}

const rows: Row[] = Array.from({ length: 1000 }, (_, i) => ({
  id: `row${i}`,
  size: i % 10 === 0 ? undefined : i % 7,
  at: Date.UTC(2026, 0, 1) + i * 1000,
}));

/** Stands for the table of jobs, whose default order is `-startedAt`. */
const table = {
  idColumn: 'jobId',
  dropped: 5,
  columns: {
    jobId: text<Row>(({ id }) => id),
    size: number<Row>(({ size }) => size),
    startedAt: time<Row>(({ at }) => at),
    isEven: flag<Row>(({ at }) => (at / 1000) % 2 === 0),
    digits: list<Row>(({ id }) => id.slice(3).split('')),
    labels: structure<Row>(({ id }) => ({ name: id })),
    reason: detail(text<Row>(({ id }) => `because of ${id}`)),
  },
  rows: () => rows,
} as unknown as AnyStateTable;

const ask = (query?: unknown) => listState<Record<string, unknown>>('jobs', table, query);

async function ids(key: string, operator: StateOperator, value: unknown): Promise<number> {
  return (await ask({ filters: [[key, operator, value]] })).total;
}

test('without a query: the newest hundred, and what is left out', async () => {
  const { items, ...facts } = await ask();
  expect(items).toHaveLength(100);
  expect(items[0]).toEqual({
    jobId: 'row999',
    size: 5,
    startedAt: '2026-01-01T00:16:39.000Z',
    isEven: false,
    digits: ['9', '9', '9'],
    labels: { name: 'row999' },
  });
  expect(facts).toEqual({ total: 1000, dropped: 5, truncated: true, missingNodes: [] });
});

test('details are there only when asked for, and what is not known is absent', async () => {
  const [item] = (await ask({ filters: [['jobId', '=', 'row20']], detail: true })).items;
  expect(item).toMatchObject({ jobId: 'row20', reason: 'because of row20' });
  expect(item).not.toHaveProperty('size');
});

test('pages follow one another without gaps', async () => {
  const all = (await ask({ limit: 1000 })).items;
  const pages: unknown[] = [];
  for (let offset = 0; offset < 1000; offset += 300) {
    const page = await ask({ limit: 300, offset });
    expect(page.truncated).toBe(offset + 300 < 1000);
    pages.push(...page.items);
  }
  expect(pages).toEqual(all);
});

test('every field orders, up and down', async () => {
  expect((await ask({ sort: 'startedAt', limit: 2 })).items.map(({ jobId }) => jobId)).toEqual(['row0', 'row1']);
  expect((await ask({ sort: '-jobId', limit: 1 })).items[0]).toMatchObject({ jobId: 'row999' });
  expect((await ask({ sort: 'size', limit: 1 })).items[0]).toMatchObject({ size: 0 });
  expect((await ask({ sort: 'reason', limit: 1 })).items[0]).toMatchObject({ reason: 'because of row0' });
});

test('filters compare texts, numbers, times, flags, lists and structures', async () => {
  expect(await ids('jobId', '=', 'row7')).toBe(1);
  expect(await ids('jobId', '!=', 'row7')).toBe(999);
  expect(await ids('jobId', 'contains', 'ROW99')).toBe(11);
  expect(await ids('size', '<', 1)).toBe(rows.filter(({ size }) => size === 0).length);
  expect(await ids('size', '>=', '6')).toBe(rows.filter(({ size }) => size === 6).length);
  expect(await ids('size', '!=', 3)).toBe(rows.filter(({ size }) => size !== 3).length);
  expect(await ids('startedAt', '<', '2026-01-01T00:01:00Z')).toBe(60);
  expect(await ids('startedAt', '<=', new Date(Date.UTC(2026, 0, 1, 0, 1)))).toBe(61);
  expect(await ids('startedAt', '>', Date.UTC(2026, 0, 1, 0, 1))).toBe(939);
  expect(await ids('isEven', '=', 'true')).toBe(500);
  expect(await ids('isEven', '=', false)).toBe(500);
  expect(await ids('digits', 'contains', '7')).toBe(271);
  expect(await ids('digits', '!=', '7')).toBe(729);
  expect(await ids('labels', 'contains', 'row12')).toBe(11);
  expect(await ids('labels', '=', '{"name":"row12"}')).toBe(1);
});

test('all filters must hold', async () => {
  const filters = [
    ['size', '=', 3],
    ['jobId', 'contains', '1'],
  ];
  const expected = rows.filter(({ size, id }) => size === 3 && id.includes('1'));
  expect((await ask({ filters })).total).toBe(expected.length);
});

test.each([
  [{ filters: [['siz', '=', 1]] }, /no field siz of jobs; did you mean size\? allowed: jobId, size, startedAt/],
  [{ sort: '-nothing' }, /no field nothing of jobs; allowed: jobId/],
  [
    { filters: [['size', '~', 1]] },
    /filter of size has the operator '~', but must have one of = != < <= > >= contains/,
  ],
  [{ filters: [['size', '=', 'large']] }, /filter of size has the value 'large', but must have a number/],
  [{ filters: [['startedAt', '=', 'soon']] }, /must have a time/],
  [{ filters: [['isEven', '=', 'perhaps']] }, /must have true or false/],
  [{ filters: [['digits', '<', '7']] }, /lists know contains, = and !=/],
  [{ filters: [['jobId', '=', {}]] }, /must have a text/],
  [{ filters: 'state=FAILED' }, /must be a list of \[field, operator, value\]/],
  [{ filters: [['size', '=']] }, /must be a list of \[field, operator, value\]/],
  [{ limit: 0 }, /limit is 0, but must be a whole number >= 1 and <= 10000/],
  [{ limit: 10_001 }, /limit is 10001/],
  [{ offset: -1 }, /offset is -1, but must be a whole number >= 0\./],
  [{ detail: 'yes' }, /detail is 'yes', but must be true or false/],
  [{ sort: 5 }, /sort is 5/],
  [{ filter: [] }, /no option filter of jobs; did you mean filters\?/],
  [7, /are 7, but must be an object/],
])('%j is refused, and the error says what is allowed', async (query, message) => {
  const refusal = await ask(query).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(InvalidOptionError);
  expect((refusal as Error).message).toMatch(message);
});

test('a row that changes while others are looked at is not listed for what it was', async () => {
  const box = { state: 'old' };
  const changing = {
    idColumn: 'jobId',
    dropped: 0,
    columns: {
      jobId: text<typeof box>(() => 'a'),
      state: text<typeof box>(({ state }) => state),
      startedAt: time(() => 0),
    },
    rows: () => [box],
    current(row: typeof box) {
      row.state = 'new';
      return row;
    },
  } as unknown as AnyStateTable;
  expect((await listState('jobs', changing, { filters: [['state', '=', 'old']] })).items).toEqual([]);
});

test('a node is asked for all that may be on the page of many nodes', () => {
  expect(partialQuery({ limit: 50, offset: 120 })).toEqual({ limit: 170, offset: 0 });
  expect(partialQuery({})).toEqual({ limit: 100, offset: 0 });
  expect(partialQuery({ limit: 10_000, offset: 10_000 })).toEqual({ limit: 10_000, offset: 0 });
});
