import { addBundleLines, sourceAt } from './bundle-lines.ts';

test('each line of a bundle belongs to a module, and other files to themselves', () => {
  addBundleLines('file:///cache/b.mjs', {
    sources: ['file:///a.ts', 'file:///b.ts'],
    lines: [1, -1, 4, 0, 9, 1, 12, 0],
  });
  const at = (line: number) => sourceAt('file:///cache/b.mjs', line);
  expect([3, 4, 8, 9, 11, 12, 1000].map(at)).toEqual([
    'file:///cache/b.mjs',
    'file:///a.ts',
    'file:///a.ts',
    'file:///b.ts',
    'file:///b.ts',
    'file:///a.ts',
    'file:///a.ts',
  ]);
  expect(at(0)).toBe('file:///cache/b.mjs');
  expect(sourceAt('file:///elsewhere.mjs', 5)).toBe('file:///elsewhere.mjs');
});
