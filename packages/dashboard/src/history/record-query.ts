import { InvalidOptionError } from '@aktis/core';
import type { ListQuery } from '../source.ts';
import { FIELDS, type Field, type StoredResource } from './stored-fields.ts';

/** A query of the state API in the words of SQL. */
export interface SqlQuery {
  /** `WHERE …`, or nothing. */
  readonly where: string;
  readonly values: readonly (string | number)[];
  readonly order: string;
  readonly limit: number;
  readonly offset: number;
}

const LARGEST_LIMIT = 10_000;
/** As in the lists of living sessions. */
const DEFAULT_SORT: Readonly<Record<StoredResource, string>> = {
  tasks: '-submittedAt',
  actors: '-createdAt',
  workers: 'number',
  nodes: 'startedAt',
  jobs: '-startedAt',
  placementGroups: '-createdAt',
};

/** @throws InvalidOptionError that says what is allowed */
export function sqlQuery(resource: StoredResource, query: ListQuery): SqlQuery {
  const { filters = [], sort = DEFAULT_SORT[resource], limit = 100, offset = 0 } = query;
  const conditions: string[] = resource === 'tasks' ? [] : ['resource = ?'];
  const values: (string | number)[] = resource === 'tasks' ? [] : [resource];
  for (const [name, operator, value] of filters) {
    const [condition, ...bound] = conditionOf(name, fieldOf(resource, name), operator, value);
    conditions.push(condition);
    values.push(...bound);
  }
  const descending = sort.startsWith('-');
  const { sql } = fieldOf(resource, descending ? sort.slice(1) : sort);
  const direction = descending ? 'DESC' : 'ASC';
  return {
    where: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`,
    values,
    order: `ORDER BY ${sql} ${direction} NULLS LAST`,
    limit: whole('limit', limit, 1, LARGEST_LIMIT),
    offset: whole('offset', offset, 0, Number.MAX_SAFE_INTEGER),
  };
}

type Condition = [sql: string, ...values: (string | number)[]];

function conditionOf(name: string, { sql, kind }: Field, operator: string, value: string): Condition {
  if (operator === 'contains') return [`instr(lower(${sql}), lower(?)) > 0`, String(value)];
  if (kind === 'list')
    return [`${operator === '!=' ? 'NOT ' : ''}instr(coalesce(${sql}, ''), ?) > 0`, JSON.stringify(value)];
  if (!['=', '!=', '<', '<=', '>', '>='].includes(operator)) {
    throw new InvalidOptionError(
      `The filter of ${name} has the operator ${operator}, but must have one of = != < <= > >= contains`,
    );
  }
  // Nothing after the operator: the field is absent.
  if (value === '' && operator === '=') return [`(${sql} IS NULL OR ${sql} = '')`];
  if (value === '' && operator === '!=') return [`(${sql} IS NOT NULL AND ${sql} <> '')`];
  const wanted = comparable(name, kind, value);
  // What is not known is not equal to anything.
  if (operator === '!=') return [`${sql} IS NOT ?`, wanted];
  return [`${sql} ${operator} ?`, wanted];
}

function comparable(name: string, kind: Field['kind'], value: unknown): string | number {
  if (kind === 'flag') {
    if (String(value) === 'true' || String(value) === 'false') return String(value) === 'true' ? 1 : 0;
    throw wrongValue(name, value, 'true or false');
  }
  if (kind === 'time' || kind === 'isoTime') {
    const at = typeof value === 'number' ? value : Date.parse(String(value));
    if (!Number.isFinite(at)) throw wrongValue(name, value, 'a time: ISO 8601');
    return kind === 'time' ? at : new Date(at).toISOString();
  }
  if (kind === 'number') {
    const number = String(value).trim() === '' ? Number.NaN : Number(value);
    if (Number.isNaN(number)) throw wrongValue(name, value, 'a number');
    return number;
  }
  return String(value);
}

function fieldOf(resource: StoredResource, name: string): Field {
  const fields = FIELDS[resource];
  if (Object.hasOwn(fields, name)) return fields[name] as Field;
  throw new InvalidOptionError(`There is no field ${name} of ${resource}; allowed: ${Object.keys(fields).join(', ')}.`);
}

function wrongValue(name: string, value: unknown, allowed: string): InvalidOptionError {
  return new InvalidOptionError(`The filter of ${name} has the value '${String(value)}', but must have ${allowed}`);
}

function whole(name: string, value: unknown, least: number, most: number): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return value as number;
  throw new InvalidOptionError(
    `Option ${name} is ${String(value)}, but must be a whole number from ${least} to ${most}.`,
  );
}
