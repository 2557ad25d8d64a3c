import type { StateAnswer, StateOperator, TaskGroup, TaskInfo } from '../../../packages/dashboard/src/api-types.ts';

type Fields = Readonly<Record<string, unknown>>;

const PARSED = /^(\w+):(=|!=|<=|>=|<|>|contains):(.*)$/s;

/** What `?limit&offset&sort&filter` leaves of the records. */
export function list<Item extends object>(records: readonly Item[], query: URLSearchParams): StateAnswer<Item> {
  const matching = sorted(filtered(records, query), query.get('sort') ?? '');
  const offset = Number(query.get('offset') ?? 0);
  const limit = Number(query.get('limit') ?? 100);
  const items = matching.slice(offset, offset + limit);
  return { items, total: matching.length, dropped: 0, truncated: matching.length > offset + limit, missingNodes: [] };
}

export function filtered<Item extends object>(records: readonly Item[], query: URLSearchParams): readonly Item[] {
  const tests = query.getAll('filter').map(testOf);
  return tests.length === 0 ? records : records.filter(record => tests.every(test => test(record as Fields)));
}

function testOf(filter: string): (record: Fields) => boolean {
  const [, key, operator, wanted] = PARSED.exec(filter) ?? [];
  if (key === undefined || wanted === undefined) throw new RangeError(`filter=${filter} is not key:operator:value`);
  const compare: Record<StateOperator, (value: unknown) => boolean> = {
    '=': value => String(value ?? '') === wanted,
    '!=': value => String(value ?? '') !== wanted,
    '<': value => Number(value) < Number(wanted),
    '<=': value => Number(value) <= Number(wanted),
    '>': value => Number(value) > Number(wanted),
    '>=': value => Number(value) >= Number(wanted),
    contains: value =>
      String(value ?? '')
        .toLowerCase()
        .includes(wanted.toLowerCase()),
  };
  const test = compare[operator as StateOperator];
  return record => test(record[key]);
}

/** What has no value comes last, whatever the direction. */
function sorted<Item extends object>(records: readonly Item[], sort: string): readonly Item[] {
  if (sort === '') return records;
  const key = sort.replace('-', '');
  const sign = sort.startsWith('-') ? -1 : 1;
  return [...records].sort((a, b) => {
    const [left, right] = [(a as Fields)[key], (b as Fields)[key]];
    if (left === right) return 0;
    if (left === undefined) return 1;
    if (right === undefined) return -1;
    return (left as number) < (right as number) ? -sign : sign;
  });
}

export function groupTasks(tasks: readonly TaskInfo[]): TaskGroup[] {
  const groups = new Map<string, TaskInfo[]>();
  for (const task of tasks) {
    const group = groups.get(task.name);
    if (group) group.push(task);
    else groups.set(task.name, [task]);
  }
  return [...groups].map(([name, members]) => groupOf(name, members)).sort((a, b) => b.total - a.total);
}

function groupOf(name: string, members: readonly TaskInfo[]): TaskGroup {
  const durations = members.filter(({ endedAt }) => endedAt !== undefined).map(({ duration = 0 }) => duration);
  const totalDuration = durations.reduce((sum, one) => sum + one, 0);
  return {
    name,
    type: members[0]?.type ?? 'NORMAL_TASK',
    total: members.length,
    states: countStates(members),
    meanDuration: durations.length > 0 ? totalDuration / durations.length : 0,
    maxDuration: durations.reduce((most, one) => Math.max(most, one), 0),
    totalDuration,
  };
}

export function countStates(records: readonly { readonly state: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of records) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
