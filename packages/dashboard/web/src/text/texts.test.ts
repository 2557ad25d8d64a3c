import { bytes, figure, percent } from './numbers.ts';
import { shortId } from './resources.ts';
import { toneOf } from './states.ts';
import { ago, duration } from './times.ts';

test.each([
  [0, '0 ms'],
  [0.0002, '1 µs'],
  [0.34, '340 µs'],
  [0.9999, '1.0 ms'],
  [9.96, '10 ms'],
  [999.7, '1.00 s'],
  [9999, '10.0 s'],
  [59_980, '1 min'],
  [125_000, '2 min 5 s'],
  [3_599_900, '1 h'],
  [11_520_000, '3 h 12 min'],
  [187_200_000, '2 d 4 h'],
])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1200, '1.2 kB'],
  [99_960, '100 kB'],
  [999_600, '1.0 MB'],
  [512e6, '512 MB'],
  [2e18, '2,000 PB'],
])('%d bytes are %s', (value, text) => expect(bytes(value)).toBe(text));

test('figures have three digits, or all before the point', () => {
  expect([0, 0.04183, 5.678, 99.94, 1234.5].map(figure)).toEqual(['0', '0.0418', '5.68', '99.9', '1,235']);
  expect([0, 3.14, 42.4].map(percent)).toEqual(['0 %', '3.1 %', '42 %']);
});

test('a time ago is said in its largest unit', () => {
  expect([500, 12_000, 150_000, 8_000_000, 200_000_000].map(passed => ago(0, passed))).toEqual([
    'now',
    '12 s ago',
    '2 min ago',
    '2 h ago',
    '2 d ago',
  ]);
});

test('every state of the state API has a tone', () => {
  const tones = {
    PENDING_ARGS_AVAIL: 'waiting',
    SUBMITTED_TO_WORKER: 'waiting',
    DEPENDENCIES_UNREADY: 'waiting',
    PENDING_CREATION: 'waiting',
    RESTARTING: 'waiting',
    RESCHEDULING: 'waiting',
    DRAINING: 'waiting',
    RUNNING: 'active',
    ALIVE: 'active',
    CREATED: 'active',
    FINISHED: 'done',
    SUCCEEDED: 'done',
    STOPPED: 'done',
    FAILED: 'bad',
    DEAD: 'bad',
  };
  expect(Object.fromEntries(Object.keys(tones).map(state => [state, toneOf(state)]))).toEqual(tones);
});

test('ids are short, and still different', () => {
  expect(shortId('937becf70000120000001e')).toBe('937b…120000001e');
  expect(shortId('937becf700000000000000')).toBe('937b…0');
  expect(shortId('937becf70bec493aa851956b37651707')).toBe('937becf70b');
  expect(shortId('a name that is no id')).toBe('a name that is no id');
});
