import fc from 'fast-check';
import { BestRows } from './best-rows.ts';

const keys = fc.array(fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }), { maxLength: 400 });

test('keeps what sorting all rows would put first, and those that are equal in the order in which they came', () => {
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 30 }), fc.boolean(), (all, count, descending) => {
      const best = new BestRows<number>(count, descending);
      all.forEach((key, row) => {
        best.add(row, key);
      });
      const worst = descending ? -1 : 1000;
      const sorted = all
        .map((key, row) => ({ key: key ?? worst, row }))
        .sort((a, b) => (descending ? b.key - a.key : a.key - b.key));
      expect(best.take()).toEqual(sorted.slice(0, count).map(({ row }) => row));
      expect(best.seen).toBe(all.length);
    }),
  );
});

test('texts are ordered too, and what is not known comes last in both directions', () => {
  for (const descending of [false, true]) {
    const best = new BestRows<string>(4, descending);
    for (const key of ['b', undefined, 'a', 'c']) best.add(key ?? 'unknown', key);
    expect(best.take()).toEqual(descending ? ['c', 'b', 'a', 'unknown'] : ['a', 'b', 'c', 'unknown']);
  }
});
