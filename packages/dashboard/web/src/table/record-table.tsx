import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RecordsByResource, Resource } from '../../../src/api-types.ts';
import { messageOf } from '../data/api.ts';
import { connection } from '../data/live.ts';
import type { Filter } from '../data/query.ts';
import { go } from '../route.ts';
import { count, countOf } from '../text/numbers.ts';
import { clock } from '../text/times.ts';
import { Failure } from '../widgets/messages.tsx';
import { useRows } from './use-rows.ts';

export interface Column<Item> {
  readonly title: string;
  /** A grid track: `120px`, `minmax(160px, 2fr)`. */
  readonly width: string;
  readonly cell: (item: Item) => ComponentChildren;
  /** The field it is sorted by. */
  readonly sort?: string;
  readonly align?: 'end';
  /** Left out where there is little room. */
  readonly minor?: boolean;
}

export interface RecordTableProps<Name extends Resource> {
  readonly resource: Name;
  readonly label: string;
  readonly columns: readonly Column<RecordsByResource[Name]>[];
  readonly filters: readonly Filter[];
  readonly sort: string | undefined;
  readonly onSort: (sort: string) => void;
  /** Where a row leads. */
  readonly address: (item: RecordsByResource[Name]) => string;
  /** What to say when there is none. */
  readonly empty: ComponentChildren;
}

const ROW = 30;
const GAP = 10;
/** Rows drawn above and below what is seen, so that a small turn of the wheel finds them there. */
const MARGIN = 10;
const REFRESH_EVERY = 2000;
/** No browser draws a box of any height. */
const REACHED = 500_000;

const narrow = matchMedia('(max-width: 760px)');

/**
 * A table of any number of records, of which only the rows on the screen are loaded and drawn. While its beginning is in
 * sight it follows what happens; further down nothing moves until the reader asks for it.
 */
export function RecordTable<Name extends Resource>(props: RecordTableProps<Name>) {
  const { resource, filters, sort, onSort, address } = props;
  const rows = useRows(resource, filters, sort);
  const scroller = useRef<HTMLDivElement>(null);
  const view = useView(scroller);
  const [selected, select] = useState<number | undefined>(undefined);
  const isNarrow = useMedia(narrow);
  const id = useId();

  const total = Math.min(rows.total ?? 0, REACHED);
  const first = Math.max(0, Math.min(Math.floor(view.top / ROW) - MARGIN, total - 1));
  const last = Math.min(total - 1, Math.ceil((view.top + view.height) / ROW) + MARGIN);
  useEffect(() => rows.want(first, last), [rows, first, last]);

  // Other rows begin at their top.
  useLayoutEffect(() => {
    scroller.current?.scrollTo(0, 0);
    select(undefined);
  }, [rows]);

  const isLive = view.top < ROW && connection.value === 'live';
  useEffect(() => {
    if (!isLive) return;
    const timer = setInterval(() => {
      if (!document.hidden) rows.reload();
    }, REFRESH_EVERY);
    return () => clearInterval(timer);
  }, [rows, isLive]);

  const columns = props.columns.filter(column => !(isNarrow && column.minor));
  const shown: number[] = [];
  for (let index = first; index <= last; index++) shown.push(index);

  const open = (index: number | undefined) => {
    const item = index === undefined ? undefined : rows.row(index);
    if (item !== undefined) go(address(item));
  };

  const move = (to: number) => {
    const index = Math.max(0, Math.min(total - 1, to));
    select(index);
    const element = scroller.current as HTMLDivElement;
    const [top, bottom] = [index * ROW, (index + 2) * ROW];
    if (top < element.scrollTop) element.scrollTop = top;
    else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== scroller.current || event.ctrlKey || event.metaKey || event.altKey) return;
    const screenful = Math.max(1, Math.floor(view.height / ROW) - 2);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      j: 1,
      ArrowUp: -1,
      k: -1,
      PageDown: screenful,
      PageUp: -screenful,
      Home: Number.NEGATIVE_INFINITY,
      End: Number.POSITIVE_INFINITY,
    };
    const step = steps[event.key];
    if (step !== undefined) move(selected === undefined ? (step > 1 ? step : first) : selected + step);
    else if (event.key === 'Enter') open(selected);
    else return;
    event.preventDefault();
  };

  const onClick = (event: MouseEvent) => {
    const target = event.target as Element;
    if (target.closest('a') || getSelection()?.toString()) return;
    const row = target.closest<HTMLElement>('[data-index]');
    if (row) open(Number(row.dataset.index));
  };

  return (
    <>
      <div
        class="table"
        role="grid"
        ref={scroller}
        tabIndex={0}
        aria-label={props.label}
        aria-rowcount={total + 1}
        aria-activedescendant={selected === undefined ? undefined : `${id}-${selected}`}
        style={{ '--columns': columns.map(({ width }) => width).join(' '), '--least': `${leastWidth(columns)}px` }}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        <Head columns={columns} sort={sort} onSort={onSort} />
        <div class="body" role="rowgroup" style={{ height: `${total * ROW}px` }}>
          <div class="window" role="presentation" style={{ transform: `translateY(${first * ROW}px)` }}>
            {shown.map(index => (
              <div
                key={index}
                id={`${id}-${index}`}
                class="row"
                role="row"
                tabIndex={-1}
                aria-rowindex={index + 2}
                aria-selected={index === selected}
                data-index={index}
              >
                <Cells columns={columns} item={rows.row(index)} />
              </div>
            ))}
          </div>
        </div>
        {rows.total === 0 && (
          <div role="row" tabIndex={-1}>
            <div role="gridcell" tabIndex={-1}>
              {props.empty}
            </div>
          </div>
        )}
      </div>
      {rows.failure !== undefined && <Failure>{messageOf(rows.failure)}</Failure>}
      <p class="table-foot number">
        <span>{rows.total === undefined ? 'Loading…' : countOf(rows.total, 'row')}</span>
        {total === REACHED && <span>the first {count(REACHED)} are shown: search for the others</span>}
        {rows.dropped > 0 && <span>{count(rows.dropped)} older ones were forgotten</span>}
        {rows.missing > 0 && <span class="bad">{countOf(rows.missing, 'node')} did not answer</span>}
        {rows.loadedAt > 0 && <span>{isLive ? 'live' : `as of ${clock(rows.loadedAt)}: press r for newer`}</span>}
      </p>
    </>
  );
}

/** What the columns need at least, with what lies between them. */
function leastWidth(columns: readonly Column<never>[]): number {
  return columns.reduce((sum, { width }) => sum + Number(/\d+/.exec(width)?.[0] ?? 0) + GAP, GAP);
}

function Head<Item>(props: {
  columns: readonly Column<Item>[];
  sort: string | undefined;
  onSort: (s: string) => void;
}) {
  const { sort = '', onSort } = props;
  const field = sort.replace('-', '');
  const isDescending = sort.startsWith('-');
  return (
    <div role="rowgroup" class="head">
      <div class="row" role="row" aria-rowindex={1} tabIndex={-1}>
        {props.columns.map(({ title, sort: by, align }) => (
          <div
            key={title}
            class={align === 'end' ? 'cell end' : 'cell'}
            role="columnheader"
            tabIndex={-1}
            aria-sort={by !== undefined && by === field ? (isDescending ? 'descending' : 'ascending') : undefined}
          >
            {by === undefined ? (
              title
            ) : (
              <button
                type="button"
                class="plain"
                // The first press shows the largest, the newest, the latest.
                onClick={() => onSort(by === field && isDescending ? by : `-${by}`)}
              >
                {title}
                {by === field && <span aria-hidden="true">{isDescending ? '↓' : '↑'}</span>}
              </button>
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

function Cells<Item>({ columns, item }: { columns: readonly Column<Item>[]; item: Item | undefined }) {
  return (
    <>
      {columns.map(({ title, align, cell }) => (
        <div key={title} class={align === 'end' ? 'cell end' : 'cell'} role="gridcell" tabIndex={-1}>
          {item === undefined ? <span class="unloaded" /> : cell(item)}
        </div>
      ))}
    </>
  );
}

/** What part of its content an element shows; it says so once per frame at most. */
function useView(element: { current: HTMLElement | null }): { top: number; height: number } {
  const [view, setView] = useState({ top: 0, height: 600 });
  useLayoutEffect(() => {
    const scroller = element.current as HTMLElement;
    const look = () => {
      const [top, height] = [Math.floor(scroller.scrollTop / ROW) * ROW, scroller.clientHeight];
      setView(before => (before.top === top && before.height === height ? before : { top, height }));
    };
    const observer = new ResizeObserver(look);
    observer.observe(scroller);
    scroller.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener('scroll', look);
    };
  }, [element]);
  return view;
}

function useMedia(query: MediaQueryList): boolean {
  const [matches, setMatches] = useState(query.matches);
  useEffect(() => {
    const look = () => setMatches(query.matches);
    query.addEventListener('change', look);
    return () => query.removeEventListener('change', look);
  }, [query]);
  return matches;
}
