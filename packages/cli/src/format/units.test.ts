import { age, duration, percent, size } from './units.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [500_000_000, '476.8 MiB'],
  [3 * 2 ** 30, '3.0 GiB'],
  [5000 * 2 ** 40, '5000.0 TiB'],
])('%d bytes are %s', (bytes, text) => expect(size(bytes)).toBe(text));

test.each([
  [0.04, '0 ms'],
  [1.26, '1.3 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [59_940, '59.9 s'],
  [59_960, '1 min 0 s'],
  [250_000, '4 min 10 s'],
  [3_600_000, '1 h 0 min'],
  [50 * 3_600_000, '2 d 2 h'],
])('%d milliseconds are %s', (milliseconds, text) => expect(duration(milliseconds)).toBe(text));

test('an age has whole seconds, and nothing is younger than now', () => {
  const now = Date.parse('2026-01-01T00:01:05.900Z');
  expect(age('2026-01-01T00:01:00.000Z', now)).toBe('5 s');
  expect(age('2026-01-01T00:00:00.000Z', now)).toBe('1 min 5 s');
  expect(age('2026-01-01T00:02:00.000Z', now)).toBe('0 s');
});

test('a part of nothing is no percentage', () => {
  expect(percent(1, 3)).toBe('33 %');
  expect(percent(1, 0)).toBe('');
});
