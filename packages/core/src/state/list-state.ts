import type { StateAnswer, StateResource } from '../types/state.ts';
import { BestRows } from './best-rows.ts';
import { type CheckedQuery, checkQuery } from './state-query.ts';
import type { AnyStateTable, Column } from './state-table.ts';
import { TurnBudget } from './turn-budget.ts';

/** Rows between two looks at the clock. */
const STEP = 128;

/** Answers a query from a table, in pieces that leave the hub time for its work. */
export async function listState<Info>(
  resource: StateResource,
  table: AnyStateTable,
  query: unknown,
): Promise<StateAnswer<Info>> {
  const checked = checkQuery(resource, table, query);
  const { offset, limit } = checked;
  const budget = new TurnBudget();
  const best = await bestRows(table, checked, budget);
  const items = await recordsOf<Info>(table, checked, best.take().slice(offset), budget);
  const total = best.seen;
  return { items, total, dropped: table.dropped, truncated: total > offset + limit, missingNodes: [] };
}

/** Calls `visit` with every row that matches. */
export async function eachRow<Row>(
  rows: readonly Row[],
  matches: (row: Row) => boolean,
  budget: TurnBudget,
  visit: (row: Row) => void,
): Promise<void> {
  for (let i = 0; i < rows.length; i++) {
    if (i % STEP === STEP - 1 && budget.isSpent) await budget.pause();
    const row = rows[i] as Row;
    if (matches(row)) visit(row);
  }
}

async function bestRows(table: AnyStateTable, query: CheckedQuery, budget: TurnBudget): Promise<BestRows<unknown>> {
  const { sort, descending, offset, limit, id, needs, matches } = query;
  const best = new BestRows<unknown>(offset + limit, descending);
  const { of } = (table.columns as Readonly<Record<string, Column<unknown>>>)[sort] as Column<unknown>;
  const rows = id !== undefined && table.find ? table.find(id, needs) : await table.rows(needs);
  await eachRow(rows, matches, budget, row => best.add(row, of(row)));
  return best;
}

async function recordsOf<Info>(
  table: AnyStateTable,
  { needs, matches, detail }: CheckedQuery,
  rows: readonly unknown[],
  budget: TurnBudget,
): Promise<Info[]> {
  const columns = (Object.entries(table.columns) as [string, Column<unknown>][]).filter(([name]) => needs.has(name));
  const items: Info[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (i % STEP === STEP - 1 && budget.isSpent) await budget.pause();
    const row = table.current ? table.current(rows[i]) : rows[i];
    // It may have changed since it was chosen.
    if (row === undefined || !matches(row)) continue;
    items.push(recordOf<Info>(columns, row, detail));
  }
  return items;
}

/** One row as users see it. */
export function recordOf<Info>(columns: readonly [string, Column<unknown>][], row: unknown, detail: boolean): Info {
  const record: Record<string, unknown> = {};
  for (const [name, { kind, of }] of columns) {
    const value = of(row, detail);
    if (value !== undefined) record[name] = kind === 'time' ? new Date(value as number).toISOString() : value;
  }
  return record as Info;
}
