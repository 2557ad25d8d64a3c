import type { LogLine } from '../../../src/api-types.ts';
import { CAPACITY, LineBuffer } from './line-buffer.ts';

const line = (number: number, nodeId = 'a', text = `line ${number}`): LogLine => ({
  number,
  nodeId,
  text,
  at: '2026-01-01T00:00:00.000Z',
  stream: 'stdout',
  workerId: 'w',
  name: 'train',
});

test('a line that is told twice is there once; nodes count for themselves', () => {
  const buffer = new LineBuffer();
  buffer.add([line(1), line(2), line(1, 'b')]);
  buffer.add([line(2), line(3), line(2, 'b')]);
  expect(buffer.lines.map(({ nodeId, number }) => nodeId + number)).toEqual(['a1', 'a2', 'b1', 'a3', 'b2']);
});

test('old lines that come after new ones stand before them', () => {
  const buffer = new LineBuffer();
  buffer.add([line(3)]);
  buffer.add([line(1), line(2), line(3)]);
  expect(buffer.lines.map(({ number }) => number)).toEqual([1, 2, 3]);
});

test('colours of a terminal are not shown as text', () => {
  const buffer = new LineBuffer();
  buffer.add([line(1, 'a', '\u001b[1;31mred\u001b[0m [not this]')]);
  expect(buffer.lines[0]?.text).toBe('red [not this]');
});

test('only the newest are kept, and it says how many went', () => {
  const buffer = new LineBuffer();
  buffer.add(Array.from({ length: CAPACITY + 5 }, (_, number) => line(number)));
  expect([buffer.lines.length, buffer.forgotten, buffer.lines[0]?.number]).toEqual([CAPACITY, 5, 5]);
});
