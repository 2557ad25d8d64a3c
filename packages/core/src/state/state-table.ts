import type { StateRecords, StateResource } from '../types/state.ts';

/**
 * How values compare and what they look like in a record: a `time` is milliseconds since the epoch inside and ISO 8601
 * outside; a `list` has elements; a `structure` is compared as JSON.
 */
export type ColumnKind = 'text' | 'number' | 'time' | 'flag' | 'list' | 'structure';

/** One field of a record, computed only for the rows and queries that need it. */
export interface Column<Row> {
  readonly kind: ColumnKind;
  /** Only in records of a query that asks for details. */
  readonly isDetail: boolean;
  /** Undefined: not known, or does not apply. `detailed`: for a record with details. */
  of(row: Row, detailed?: boolean): unknown;
}

export type Columns<Row, Info> = { readonly [Name in keyof Info]-?: Column<Row> };

/** Which columns a query looks at. */
export type Needs = ReadonlySet<string>;

/** One kind of things a node knows: where its rows are, and what can be said of each. */
export interface StateTable<Row, Info> {
  /** The column that tells records apart. */
  readonly idColumn: keyof Info & string;
  readonly columns: Columns<Row, Info>;
  /** How many rows have been forgotten. */
  readonly dropped: number;
  /** All rows of this moment, best those first that the default order puts first. */
  rows(needs: Needs): readonly Row[] | Promise<readonly Row[]>;
  /** The row with this id, when there is a quicker way than to look at all. */
  find?(id: string, needs: Needs): readonly Row[];
  /** Where the thing is now that was at `row` a moment ago; undefined: it is gone. */
  current?(row: Row): Row | undefined;
}

/** A table whose rows are nobody else's business. */
// biome-ignore lint/suspicious/noExplicitAny: rows of one table never meet those of another
export type AnyStateTable<R extends StateResource = StateResource> = StateTable<any, StateRecords[R]>;
