import type { Column, ColumnKind } from './state-table.ts';

// The kinds of columns; `of` reads one field of a row.

function column<Row>(kind: ColumnKind, of: Column<Row>['of']): Column<Row> {
  return { kind, isDetail: false, of };
}

export function text<Row>(of: (row: Row) => string | undefined): Column<Row> {
  return column('text', of);
}

export function number<Row>(of: (row: Row) => number | undefined): Column<Row> {
  return column('number', of);
}

/** @param of milliseconds since the epoch */
export function time<Row>(of: (row: Row) => number | undefined): Column<Row> {
  return column('time', of);
}

export function flag<Row>(of: (row: Row) => boolean): Column<Row> {
  return column('flag', of);
}

export function list<Row>(of: (row: Row) => readonly unknown[] | undefined): Column<Row> {
  return column('list', of);
}

export function structure<Row>(of: (row: Row, detailed?: boolean) => object | undefined): Column<Row> {
  return column('structure', of);
}

export function detail<Row>(of: Column<Row>): Column<Row> {
  return { ...of, isDetail: true };
}
