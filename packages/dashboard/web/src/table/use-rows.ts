import { useEffect, useMemo, useReducer } from 'preact/hooks';
import type { RecordsByResource, Resource, StateAnswer } from '../../../src/api-types.ts';
import { ask } from '../data/api.ts';
import { type Filter, queryText } from '../data/query.ts';
import { refreshes } from '../data/refresh.ts';
import { RowCache } from './row-cache.ts';

/** The rows that `/api/v0/<resource>` has for these filters, in this order. */
export function useRows<Name extends Resource>(
  resource: Name,
  filters: readonly Filter[],
  sort: string | undefined,
): RowCache<RecordsByResource[Name]> {
  const [, redraw] = useReducer<number, void>(count => count + 1, 0);
  const query = queryText({ filters, sort });

  // `query` says all that `filters` and `sort` say.
  const rows = useMemo(
    () =>
      new RowCache<RecordsByResource[Name]>(
        (offset, limit, signal) =>
          ask<StateAnswer<RecordsByResource[Name]>>(`v0/${resource}${queryText({ filters, sort, offset, limit })}`, {
            signal,
          }),
        () => redraw(),
      ),
    [resource, query],
  );
  useEffect(() => () => rows.close(), [rows]);

  const round = refreshes.value;
  useEffect(() => {
    if (round > 0) rows.reload();
  }, [rows, round]);
  return rows;
}
