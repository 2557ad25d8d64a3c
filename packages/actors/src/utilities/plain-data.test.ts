import { runInNewContext } from 'node:vm';
import { isPlainData } from './plain-data.ts';

test('literals, lists, strings, numbers, booleans and null are plain', () => {
  for (const value of [1, Number.NaN, 'a', true, null, [], {}, { a: [1, { b: null }] }, Object.create(null)]) {
    expect(isPlainData(value, 100)).toBe(true);
  }
  expect(isPlainData(runInNewContext('({ a: [1] })'), 100)).toBe(true);
});

test('whatever needs more than JSON is not', () => {
  class Point {}
  const others = [
    undefined,
    1n,
    Symbol('a'),
    () => 1,
    new Date(),
    new Map(),
    new Uint8Array(1),
    new Point(),
    new Error('a'),
  ];
  for (const value of others) {
    expect(isPlainData(value, 100)).toBe(false);
    expect(isPlainData({ deep: [value] }, 100)).toBe(false);
  }
});

test('what is large, or endless, uses up the budget', () => {
  expect(isPlainData(new Array(50).fill(0), 100)).toBe(true);
  expect(isPlainData(new Array(200).fill(0), 100)).toBe(false);
  expect(isPlainData('x'.repeat(2000), 100)).toBe(false);
  expect(isPlainData({ ['x'.repeat(2000)]: 1 }, 100)).toBe(false);
  const circle: unknown[] = [];
  circle.push(circle);
  expect(isPlainData(circle, 1000)).toBe(false);
});
