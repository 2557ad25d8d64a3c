import fc from 'fast-check';
import { RunTable } from './run-table.ts';

const numbered = (number: number) => ({ number });

test('what was added is found by its number until it is deleted', () => {
  const table = new RunTable<{ number: number }>();
  const item = numbered(7);
  table.add(item);
  expect(table.get(7)).toBe(item);
  table.delete(7);
  expect(table.get(7)).toBeUndefined();
});

test('one that never ends does not stand in the way of those whose place it has', () => {
  const table = new RunTable<{ number: number }>();
  const first = numbered(0);
  table.add(first);
  const found: (number | undefined)[] = [];
  for (let number = 1; number < 1_000; number++) {
    table.add(numbered(number));
    found.push(table.get(number)?.number);
    table.delete(number);
    found.push(table.get(number)?.number);
  }
  expect(found).toEqual([...Array(999).keys()].flatMap(i => [i + 1, undefined]));
  expect(table.all()).toEqual([first]);
});

test('it holds as many as come, in the order of their numbers', () => {
  const table = new RunTable<{ number: number }>();
  for (let number = 0; number < 20_000; number++) table.add(numbered(number));
  expect(table.all().map(({ number }) => number)).toEqual([...Array(20_000).keys()]);
});

test('it does what a map does', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(1_000))), steps => {
      const table = new RunTable<{ number: number }>();
      const map = new Map<number, { number: number }>();
      let next = 0;
      for (const [adds, number] of steps) {
        if (adds) {
          // Numbers count upwards, with gaps: other nodes get those between.
          next += 1 + (number % 100);
          const item = numbered(next);
          table.add(item);
          map.set(next, item);
        } else {
          const some = [...map.keys()][number % Math.max(1, map.size)] ?? number;
          table.delete(some);
          map.delete(some);
        }
      }
      const known = [...map.keys(), ...Array(100).keys()];
      expect(known.map(number => table.get(number))).toEqual(known.map(number => map.get(number)));
      expect(table.all()).toEqual([...map.values()]);
    }),
  );
});
