import { inspect } from 'node:util';
import { InvalidOptionError } from '../errors.ts';
import { closestName } from '../options/closest-name.ts';
import type { StateOperator, StateResource } from '../types/state.ts';
import type { AnyStateTable, Column } from './state-table.ts';

export const DEFAULT_LIMIT = 100;
const LARGEST_LIMIT = 10_000;
/** Newest first; objects largest first; workers in the order in which they were started. */
export const DEFAULT_SORT: Readonly<Record<StateResource, string>> = {
  tasks: '-submittedAt',
  actors: '-createdAt',
  objects: '-sizeBytes',
  workers: 'number',
  nodes: 'startedAt',
  jobs: '-startedAt',
  placementGroups: '-createdAt',
};
const KEYS = ['filters', 'limit', 'offset', 'sort', 'detail'];

/** A query that was checked against the table it is for. */
export interface CheckedQuery {
  readonly matches: (row: unknown) => boolean;
  readonly needs: ReadonlySet<string>;
  readonly sort: string;
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
  readonly detail: boolean;
  /** The id a filter asks for, so that not all rows need be looked at. */
  readonly id: string | undefined;
}

type Test = (row: unknown) => boolean;

/** @throws InvalidOptionError that says what is allowed */
export function checkQuery(resource: StateResource, table: AnyStateTable, query: unknown): CheckedQuery {
  const given = (query ?? {}) as Record<string, unknown>;
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw new InvalidOptionError(`The options of a list of ${resource} are ${shown(query)}, but must be an object.`);
  }
  for (const key of Object.keys(given)) if (!KEYS.includes(key)) throw unknownName('option', key, KEYS, resource);
  const columns = table.columns as Readonly<Record<string, Column<unknown>>>;
  const { filters = [], detail = false, sort = DEFAULT_SORT[resource] } = given;
  if (typeof detail !== 'boolean')
    throw new InvalidOptionError(`Option detail is ${shown(detail)}, but must be true or false.`);
  if (typeof sort !== 'string' || sort === '') {
    throw new InvalidOptionError(`Option sort is ${shown(sort)}, but must be a field, or '-' and a field.`);
  }
  const { key: sortKey, descending } = splitSort(sort);
  columnOf(columns, sortKey, resource);
  const { tests, names, id } = checkFilters(resource, table, filters);
  const needs = new Set([...names, sortKey]);
  for (const [name, column] of Object.entries(columns)) if (detail || !column.isDetail) needs.add(name);
  return {
    matches: row => tests.every(test => test(row)),
    needs,
    sort: sortKey,
    descending,
    limit: wholeNumber('limit', given.limit ?? DEFAULT_LIMIT, 1, LARGEST_LIMIT),
    offset: wholeNumber('offset', given.offset ?? 0, 0, Number.MAX_SAFE_INTEGER),
    detail,
    id,
  };
}

/** `-duration`: descending by `duration`. */
export function splitSort(sort: string): { key: string; descending: boolean } {
  const descending = sort.startsWith('-');
  return { key: descending ? sort.slice(1) : sort, descending };
}

/** What one node of several is asked, so that the page can be cut from what all of them answer. */
export function partialQuery<Q extends { readonly limit?: number; readonly offset?: number }>(query: Q): Q {
  const { limit = DEFAULT_LIMIT, offset = 0 } = query;
  return { ...query, offset: 0, limit: Math.min(LARGEST_LIMIT, limit + offset) };
}

function checkFilters(
  resource: string,
  table: AnyStateTable,
  filters: unknown,
): { tests: Test[]; names: string[]; id: string | undefined } {
  const usage = "a list of [field, operator, value], such as [['state', '=', 'FAILED']]";
  if (!Array.isArray(filters))
    throw new InvalidOptionError(`Option filters is ${shown(filters)}, but must be ${usage}.`);
  const tests: Test[] = [];
  const names: string[] = [];
  let id: string | undefined;
  for (const filter of filters as unknown[]) {
    if (!Array.isArray(filter) || filter.length !== 3 || typeof filter[0] !== 'string') {
      throw new InvalidOptionError(`Option filters has ${shown(filter)}, but must be ${usage}.`);
    }
    const [name, operator, value] = filter as [string, StateOperator, unknown];
    const column = columnOf(table.columns as Readonly<Record<string, Column<unknown>>>, name, resource);
    tests.push(testOf(name, column, operator, value));
    names.push(name);
    if (name === table.idColumn && operator === '=') id = String(value);
  }
  return { tests, names, id };
}

function columnOf(columns: Readonly<Record<string, Column<unknown>>>, name: string, resource: string): Column<unknown> {
  if (Object.hasOwn(columns, name)) return columns[name] as Column<unknown>;
  throw unknownName('field', name, Object.keys(columns), resource);
}

/** Always lists the names: there are more ways to misname a field than to misspell it. */
function unknownName(what: string, name: string, names: readonly string[], resource: string): InvalidOptionError {
  const meant = closestName(name, names);
  const hint = meant === undefined ? '' : `did you mean ${meant}? `;
  return new InvalidOptionError(`There is no ${what} ${name} of ${resource}; ${hint}allowed: ${names.join(', ')}.`);
}

const OPERATORS: readonly StateOperator[] = ['=', '!=', '<', '<=', '>', '>=', 'contains'];

function testOf(name: string, { kind, of }: Column<unknown>, operator: StateOperator, value: unknown): Test {
  if (!OPERATORS.includes(operator)) {
    throw new InvalidOptionError(
      `The filter of ${name} has the operator ${shown(operator)}, but must have one of ${OPERATORS.join(' ')}`,
    );
  }
  if (kind === 'list') return listTest(name, of, operator, value);
  if (operator === 'contains') {
    const wanted = String(value).toLowerCase();
    const contains = (found: unknown) => textOf(found).toLowerCase().includes(wanted);
    // Neighbours often have the same name: a hundred thousand tasks, but a few functions.
    let [last, result]: [unknown, boolean] = ['', contains('')];
    return row => {
      const found = of(row);
      if (found === undefined) return false;
      if (found !== last) [last, result] = [found, contains(found)];
      return result;
    };
  }
  if (value === '' && (operator === '=' || operator === '!=')) {
    const isAbsent = (found: unknown) => found === undefined || found === '';
    return row => isAbsent(of(row)) === (operator === '=');
  }
  const wanted = comparable(name, kind, value);
  const compared = kind === 'structure' ? (row: unknown) => textOf(of(row)) : of;
  switch (operator) {
    case '=':
      return row => compared(row) === wanted;
    case '!=':
      return row => compared(row) !== wanted;
    case '<':
      return row => (compared(row) as number) < (wanted as number);
    case '<=':
      return row => (compared(row) as number) <= (wanted as number);
    case '>':
      return row => (compared(row) as number) > (wanted as number);
    default:
      return row => (compared(row) as number) >= (wanted as number);
  }
}

function listTest(name: string, of: (row: unknown) => unknown, operator: StateOperator, value: unknown): Test {
  const has = (row: unknown) => (of(row) as readonly unknown[] | undefined)?.includes(value) ?? false;
  if (operator === 'contains' || operator === '=') return has;
  if (operator === '!=') return row => !has(row);
  throw new InvalidOptionError(`The filter of ${name} has the operator ${operator}, but lists know contains, = and !=`);
}

/** The value as the column has it; texts are taken for numbers, times and flags, which is how command lines have them. */
function comparable(name: string, kind: Column<unknown>['kind'], value: unknown): unknown {
  if (kind === 'text' || kind === 'structure') {
    if (typeof value !== 'object' && value !== undefined) return String(value);
    throw wrongValue(name, value, 'a text');
  }
  if (kind === 'flag') {
    if (typeof value === 'boolean') return value;
    if (value === 'true' || value === 'false') return value === 'true';
    throw wrongValue(name, value, 'true or false');
  }
  if (kind === 'time') {
    const at = typeof value === 'number' ? value : timeOf(value);
    if (Number.isFinite(at)) return at;
    throw wrongValue(name, value, 'a time: a date, ISO 8601, or milliseconds since the epoch');
  }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && !Number.isNaN(number)) return number;
  throw wrongValue(name, value, 'a number');
}

function timeOf(value: unknown): number {
  if (Object.prototype.toString.call(value) === '[object Date]') return (value as Date).getTime();
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
}

function wrongValue(name: string, value: unknown, allowed: string): InvalidOptionError {
  return new InvalidOptionError(`The filter of ${name} has the value ${shown(value)}, but must have ${allowed}`);
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function wholeNumber(name: string, value: unknown, least: number, most: number): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  const upTo = most === Number.MAX_SAFE_INTEGER ? '' : ` and <= ${most}`;
  throw new InvalidOptionError(`Option ${name} is ${shown(value)}, but must be a whole number >= ${least}${upTo}.`);
}

function shown(value: unknown): string {
  return inspect(value, { depth: 2, breakLength: Number.POSITIVE_INFINITY }).slice(0, 100);
}
