import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompileCache } from './compile-cache.ts';

const root = mkdtempSync(join(tmpdir(), 'aktis-cache-'));
afterAll(() => rmSync(root, { recursive: true }));

const compiled = { format: 'module', code: 'export {};\n//# sourceMappingURL=x' } as const;

test('what was kept is found again, by other caches on the same folder too', () => {
  const folder = join(root, 'a', 'compiled');
  const cache = new CompileCache(folder);
  const key = cache.key('/x/a.ts', 'export {}', 'module');
  expect(cache.get(key)).toBeUndefined();
  cache.set(key, compiled);
  expect(new CompileCache(folder).get(key)).toEqual(compiled);
  expect(readdirSync(folder)).toEqual([key]);
});

test('the key differs by file, by content and by what the file shall become', () => {
  const cache = new CompileCache(undefined);
  const keys = [
    cache.key('/x/a.ts', '1', 'module'),
    cache.key('/x/b.ts', '1', 'module'),
    cache.key('/x/a.ts', '2', 'module'),
    cache.key('/x/a.ts', '1', 'commonjs'),
  ];
  expect(new Set(keys).size).toBe(4);
  expect(cache.key('/x/a.ts', '1', 'module')).toBe(keys[0]);
});

test('nobody else may read or write it', () => {
  const folder = join(root, 'b', 'compiled');
  const cache = new CompileCache(folder);
  cache.set('k', compiled);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'k')).mode & 0o777).toBe(0o600);
});

test('a folder that others can write to is not used, nor is a link', () => {
  const folder = join(root, 'c', 'compiled');
  new CompileCache(folder).set('k', compiled);
  symlinkSync(folder, join(root, 'c', 'link'));
  expect(new CompileCache(join(root, 'c', 'link')).get('k')).toBeUndefined();
  chmodSync(folder, 0o777);
  expect(new CompileCache(folder).get('k')).toBeUndefined();
});

test('without a folder nothing is kept and nothing fails', () => {
  const cache = new CompileCache('/dev/null/compiled');
  cache.set('k', compiled);
  expect(cache.get('k')).toBeUndefined();
});
