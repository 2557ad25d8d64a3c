import { median, quantile, slope } from './statistics.ts';

test('the median of an even count lies between the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([9, 1, 5])).toBe(5);
});

test('a quantile is one of the numbers, the last at most', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(3);
  expect(quantile([1, 2, 3, 4], 1)).toBe(4);
});

test('nothing has no median', () => {
  expect(median([])).toBeNaN();
});

test('the slope of a line is found whatever its offset', () => {
  expect(
    slope([
      [1, 12],
      [2, 14],
      [3, 16],
    ]),
  ).toBeCloseTo(2);
});
