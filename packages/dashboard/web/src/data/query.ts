import type { StateOperator } from '../../../src/api-types.ts';

export interface Filter {
  readonly key: string;
  readonly operator: StateOperator;
  readonly value: string;
}

export interface ListQuery {
  readonly filters?: readonly Filter[];
  /** A field; with `-` before it, the largest first. */
  readonly sort?: string | undefined;
  readonly offset?: number;
  readonly limit?: number;
}

export const equals = (key: string, value: string): Filter => ({ key, operator: '=', value });

/** `?sort=-size&filter=state:=:READY`, or nothing. */
export function queryText({ filters = [], sort, offset, limit }: ListQuery): string {
  const query = new URLSearchParams();
  if (limit !== undefined) query.set('limit', String(limit));
  if (offset) query.set('offset', String(offset));
  if (sort) query.set('sort', sort);
  for (const { key, operator, value } of filters) query.append('filter', `${key}:${operator}:${value}`);
  return query.size > 0 ? `?${query}` : '';
}

/**
 * What was typed into a search box: `train duration>500 nodeId~ab12`. `~` is `contains`; words without an operator are
 * looked for in `key`.
 */
export function parseFilters(text: string, key: string): Filter[] {
  return text
    .split(/\s+/)
    .filter(Boolean)
    .map(word => {
      const [, field, operator, value] = /^(\w+)(!=|<=|>=|=|~|<|>)(.+)$/.exec(word) ?? [];
      return field === undefined
        ? { key, operator: 'contains', value: word }
        : { key: field, operator: operator === '~' ? 'contains' : (operator as StateOperator), value: value as string };
    });
}
