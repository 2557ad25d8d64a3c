import { firstFrom } from '../data/first-from.ts';
import { lanesOf } from './lanes.ts';

const event = (name: string, ts: number, dur: number, tid = 1, failed = false) => ({
  name,
  cat: 'task',
  ph: 'X' as const,
  ts,
  dur,
  pid: 1,
  tid,
  args: { failed },
});

const threadName = (tid: number, name: string) => ({
  name: 'thread_name',
  cat: '',
  ph: 'M' as const,
  ts: 0,
  pid: 1,
  tid,
  args: { name },
});

test('what runs at the same time on one thread lies in rows of its lane', () => {
  const { lanes } = lanesOf([event('b', 5, 10), event('a', 0, 10), event('c', 10, 2), event('d', 15, 1)]);
  expect(lanes.map(({ rows }) => rows.map(({ events }) => events.map(({ name }) => name).join('')))).toEqual([
    ['acd', 'b'],
  ]);
});

test('lanes have the names of their threads, in the order of their numbers', () => {
  const threads = [2, 10, 1].flatMap(tid => [threadName(tid, `worker ${tid}`), event('a', 0, 1, tid)]);
  expect(lanesOf(threads).lanes.map(({ name }) => name)).toEqual(['worker 1', 'worker 2', 'worker 10']);
});

test('where there are several nodes, lanes have their names, too', () => {
  const title = { ...threadName(0, 'box'), name: 'process_name' };
  expect(lanesOf([title, threadName(1, 'worker 1'), event('a', 0, 1)]).lanes[0]?.name).toBe('box, worker 1');
});

test('names have totals, the most time first', () => {
  const { totals, from, to } = lanesOf([event('a', 10, 5), event('b', 20, 7, 2, true), event('a', 30, 4)]);
  expect(totals).toEqual([
    { name: 'a', count: 2, failed: 0, total: 9, longest: 5 },
    { name: 'b', count: 1, failed: 1, total: 7, longest: 7 },
  ]);
  expect([from, to]).toEqual([10, 34]);
});

test('nothing has a span that can be drawn', () => {
  expect(lanesOf([])).toEqual({ lanes: [], totals: [], from: 0, to: 1 });
});

test('the first value from a wanted one is found by halves', () => {
  expect([0, 1, 4, 9, 10].map(wanted => firstFrom([1, 4, 4, 9], wanted))).toEqual([0, 0, 1, 3, 4]);
});
