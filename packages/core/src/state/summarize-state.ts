import { InvalidOptionError } from '../errors.ts';
import type {
  ActorGroup,
  ActorStatus,
  ActorSummary,
  ObjectGroup,
  ObjectSummary,
  StateSummaries,
  TaskGroup,
  TaskStatus,
  TaskSummary,
} from '../types/state.ts';
import { eachRow } from './list-state.ts';
import { type Mutable, mergeSummaries } from './merge-state.ts';
import { checkQuery } from './state-query.ts';
import type { AnyStateTable, Column } from './state-table.ts';
import { TurnBudget } from './turn-budget.ts';

type Reader = (name: string, row: unknown) => never;

/** Counts all rows that match, in pieces that leave the hub time for its work. */
export async function summarizeState<R extends keyof StateSummaries>(
  resource: R,
  table: AnyStateTable,
  query: unknown,
): Promise<StateSummaries[R]> {
  const summarize = summaries[resource] as (typeof summaries)[keyof typeof summaries] | undefined;
  if (summarize === undefined) {
    throw new InvalidOptionError(`There is no summary of ${resource}; allowed: ${Object.keys(summaries).join(', ')}.`);
  }
  const { matches } = checkQuery(resource, table, query);
  const columns = table.columns as Readonly<Record<string, Column<unknown>>>;
  const read: Reader = (name, row) => (columns[name] as Column<unknown>).of(row) as never;
  const { add, result } = summarize(read, table.dropped);
  const budget = new TurnBudget();
  await eachRow(await table.rows(new Set()), matches, budget, add);
  // In the same order as those of several nodes.
  return mergeSummaries(resource, [result as unknown as StateSummaries[R]]);
}

const summaries = { tasks: taskSummary, actors: actorSummary, objects: objectSummary };

function taskSummary(read: Reader, dropped: number) {
  const result: Mutable<TaskSummary> & { groups: Mutable<TaskGroup>[] } = { total: 0, dropped, states: {}, groups: [] };
  const groups = new Map<string, Mutable<TaskGroup>>();
  const add = (row: unknown): void => {
    const state: TaskStatus = read('state', row);
    const name: string = read('name', row);
    const duration: number = (read('duration', row) as number | undefined) ?? 0;
    let group = groups.get(name);
    if (group === undefined) {
      group = {
        name,
        type: read('type', row),
        total: 0,
        states: {},
        meanDuration: 0,
        maxDuration: 0,
        totalDuration: 0,
      };
      groups.set(name, group);
      result.groups.push(group);
    }
    result.total++;
    group.total++;
    count(result.states, state);
    count(group.states, state);
    if (state !== 'FINISHED' && state !== 'FAILED') return;
    group.totalDuration += duration;
    group.maxDuration = Math.max(group.maxDuration, duration);
  };
  return { add, result };
}

function actorSummary(read: Reader, dropped: number) {
  const result: Mutable<ActorSummary> & { groups: Mutable<ActorGroup>[] } = {
    total: 0,
    dropped,
    states: {},
    groups: [],
  };
  const groups = new Map<string, Mutable<ActorGroup>>();
  const add = (row: unknown): void => {
    const state: ActorStatus = read('state', row);
    const className: string = read('className', row);
    let group = groups.get(className);
    if (group === undefined) {
      group = { className, total: 0, states: {}, pendingCalls: 0, callsDone: 0, restarts: 0 };
      groups.set(className, group);
      result.groups.push(group);
    }
    result.total++;
    group.total++;
    count(result.states, state);
    count(group.states, state);
    group.pendingCalls += read('pendingCalls', row) as number;
    group.callsDone += read('callsDone', row) as number;
    group.restarts += read('restarts', row) as number;
  };
  return { add, result };
}

function objectSummary(read: Reader) {
  const result: Mutable<ObjectSummary> & { groups: Mutable<ObjectGroup>[] } = {
    total: 0,
    sizeBytes: 0,
    spilledBytes: 0,
    groups: [],
  };
  const groups = new Map<string, Mutable<ObjectGroup>>();
  const add = (row: unknown): void => {
    const kind: ObjectGroup['kind'] = read('kind', row);
    const creator: string = read('creator', row);
    const bytes: number = read('sizeBytes', row);
    const spilled = read('location', row) === ('SPILLED' as unknown) ? bytes : 0;
    const key = `${kind} ${creator}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { creator, kind, total: 0, sizeBytes: 0, spilledBytes: 0 };
      groups.set(key, group);
      result.groups.push(group);
    }
    for (const sum of [result, group]) {
      sum.total++;
      sum.sizeBytes += bytes;
      sum.spilledBytes += spilled;
    }
  };
  return { add, result };
}

function count<K extends string>(counts: Partial<Record<K, number>>, key: K): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
