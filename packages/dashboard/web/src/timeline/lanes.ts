import type { Timeline } from '../../../src/api-types.ts';

type TraceEvent = Timeline['traceEvents'][number];

/** What ran on one thread. What ran there at the same time lies in rows one below the other. */
export interface Lane {
  readonly name: string;
  readonly rows: readonly Row[];
}

/** Events that follow each other. */
export interface Row {
  readonly starts: number[];
  readonly ends: number[];
  readonly events: TraceEvent[];
}

export interface Lanes {
  readonly lanes: readonly Lane[];
  /** Microseconds, as in the trace. */
  readonly from: number;
  readonly to: number;
  /** By name, those that took the most time first. */
  readonly totals: readonly NameTotal[];
}

export interface NameTotal {
  readonly name: string;
  count: number;
  failed: number;
  total: number;
  longest: number;
}

/** Beyond, what overlaps is drawn over each other. */
const MOST_ROWS = 12;

export function lanesOf(events: readonly TraceEvent[]): Lanes {
  const names = new Map<string, string>();
  const nodes = new Map<number, string>();
  const byThread = new Map<string, TraceEvent[]>();
  const totals = new Map<string, NameTotal>();
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const event of events) {
    const thread = `${event.pid} ${event.tid}`;
    if (event.ph === 'M') {
      if (event.name === 'thread_name') names.set(thread, String(event.args.name));
      if (event.name === 'process_name') nodes.set(event.pid, String(event.args.name));
      continue;
    }
    const { name, ts, dur = 0 } = event;
    const list = byThread.get(thread);
    if (list) list.push(event);
    else byThread.set(thread, [event]);
    from = Math.min(from, ts);
    to = Math.max(to, ts + dur);
    const total = totals.get(name) ?? { name, count: 0, failed: 0, total: 0, longest: 0 };
    total.count++;
    total.total += dur;
    total.longest = Math.max(total.longest, dur);
    if (event.args.failed === true) total.failed++;
    totals.set(name, total);
  }
  const lanes = [...byThread].map(([thread, list]) => {
    const name = names.get(thread) ?? thread;
    const node = nodes.get((list[0] as TraceEvent).pid);
    return { name: node === undefined ? name : `${node}, ${name}`, rows: rowsOf(list) };
  });
  lanes.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  const isEmpty = lanes.length === 0;
  return {
    lanes,
    from: isEmpty ? 0 : from,
    to: isEmpty ? 1 : Math.max(to, from + 1),
    totals: [...totals.values()].sort((a, b) => b.total - a.total),
  };
}

function rowsOf(events: TraceEvent[]): Row[] {
  const rows: Row[] = [];
  for (const event of events.sort((a, b) => a.ts - b.ts)) {
    let row = rows.find(({ ends }) => (ends.at(-1) as number) <= event.ts);
    if (row === undefined && rows.length < MOST_ROWS) rows.push((row = { starts: [], ends: [], events: [] }));
    row ??= rows[MOST_ROWS - 1] as Row;
    row.starts.push(event.ts);
    row.ends.push(event.ts + (event.dur ?? 0));
    row.events.push(event);
  }
  return rows;
}
