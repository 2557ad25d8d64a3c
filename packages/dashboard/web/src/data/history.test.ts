import type { History } from '../../../src/api-types.ts';
import { joinHistory, perSecond } from './history.ts';

const history = (times: number[], values: Record<string, (number | null)[]>): History => ({
  times,
  series: Object.entries(values).map(([state, values]) => ({ name: 'tasks', labels: { state }, values })),
});

test('news follow what was known; what is too old goes', () => {
  const joined = joinHistory(history([1, 2, 3], { a: [10, 20, 30] }), history([4, 5], { a: [40, 50] }), 2);
  expect(joined).toEqual(history([2, 3, 4, 5], { a: [20, 30, 40, 50] }));
});

test('the newest point is replaced: it may not have been complete', () => {
  const joined = joinHistory(history([1, 2], { a: [10, 3] }), history([2, 3], { a: [20, 30] }), 0);
  expect(joined).toEqual(history([1, 2, 3], { a: [10, 20, 30] }));
});

test('a series that begins or ends is unknown where it was not', () => {
  const joined = joinHistory(history([1], { a: [1] }), history([2], { b: [2] }), 0);
  expect(joined).toEqual(history([1, 2], { a: [1, null], b: [null, 2] }));
});

test('no news leave everything but what is too old', () => {
  expect(joinHistory(history([1, 2], { a: [1, 2] }), history([], {}), 2)).toEqual(history([2], { a: [2] }));
  expect(joinHistory(undefined, history([1], { a: [1] }), 5)).toEqual(history([1], { a: [1] }));
});

test('a counter gains per second, also when it starts again', () => {
  expect(perSecond([0, 1000, 3000, 4000], [5, 7, 17, 3])).toEqual([null, 2, 5, 3]);
  expect(perSecond([0, 1000, 2000], [5, null, 7])).toEqual([null, null, null]);
});
