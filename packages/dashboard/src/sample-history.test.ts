import { SampleHistory } from './sample-history.ts';

const gauge = (value: number, name = 'load') => ({ name, labels: {}, value });
const second = 1000;
const start = 1_000_000 * second;

function recorded(seconds: number, valueAt: (i: number) => number): SampleHistory {
  const history = new SampleHistory();
  for (let i = 0; i < seconds; i++) history.record(start + i * second, [gauge(valueAt(i))]);
  return history;
}

test('tells what was measured after a time, second by second', () => {
  const { times, series } = recorded(5, i => i).query({ since: start + 2 * second, resolution: second });
  expect(times).toEqual([start + 3 * second, start + 4 * second]);
  expect(series).toEqual([{ name: 'load', labels: {}, values: [3, 4] }]);
});

test('makes one point of what lies in the same stretch: the mean, of counts the last', () => {
  const history = new SampleHistory();
  for (let i = 0; i < 4; i++) {
    history.record(start + i * second, [gauge(i), { name: 'done', labels: {}, value: i, isCount: true }]);
  }
  const { times, series } = history.query({ since: 0, resolution: 2 * second });
  expect(times).toEqual([start + second, start + 3 * second]);
  expect(series.map(({ values }) => values)).toEqual([
    [0.5, 2.5],
    [1, 3],
  ]);
});

test('has a gap where a series was not measured, also after its ring has gone round', () => {
  const history = recorded(600, () => 7);
  history.record(start + 600 * second, [gauge(1, 'other')]);
  history.record(start + 601 * second, [gauge(8)]);
  const { series } = history.query({ since: start + 598 * second, resolution: second });
  expect(series.find(({ name }) => name === 'load')?.values).toEqual([7, null, 8]);
  expect(series.find(({ name }) => name === 'other')?.values).toEqual([null, 1, null]);
});

test('keeps ten minutes by the second, and a day by ten seconds', () => {
  const history = recorded(3600, i => i);
  const { times, series } = history.query({ since: 0, resolution: second });
  expect(times.at(-1)).toBe(start + 3599 * second);
  expect(times.filter(time => time >= start + 3000 * second)).toHaveLength(600);
  expect(times.filter(time => time < start + 3000 * second)).toHaveLength(300);
  const values = series[0]?.values as number[];
  expect(values[100]).toBeCloseTo(995.5);
  expect([...values].sort((a, b) => a - b)).toEqual(values);
});

test('forgets what is older than a day', () => {
  const history = new SampleHistory();
  for (let i = 0; i < 10_000; i++) history.record(start + i * 10 * second, [gauge(i)]);
  expect(history.query({ since: 0, resolution: second }).times).toHaveLength(8640);
});

test('leaves out series beyond its limit', () => {
  const history = new SampleHistory(2);
  history.record(
    start,
    ['a', 'b', 'c'].map(name => gauge(1, name)),
  );
  expect(history.query({ since: 0, resolution: second }).series.map(({ name }) => name)).toEqual(['a', 'b']);
});

test('tells one series by its name', () => {
  const history = new SampleHistory();
  history.record(start, [gauge(1), gauge(2, 'other')]);
  expect(history.query({ since: 0, resolution: second, name: 'other' }).series).toHaveLength(1);
});
