import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolveMissing, resolveSource, resolveSourceUrl } from './source-resolver.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'aktis-resolver-')));
afterAll(() => rmSync(root, { recursive: true }));

const files = [
  'main.ts',
  'a.ts',
  'b.tsx',
  'c.mts',
  'd.js',
  'both.js',
  'both.ts',
  'folder/index.ts',
  'lib/package.json',
  'lib/entry.ts',
  'with space.ts',
  'shared/x.ts',
  'node_modules/pkg/sub.js',
  'node_modules/pkg/main.ts',
];
for (const name of files) {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), name === 'lib/package.json' ? '{ "main": "./entry" }' : '');
}
writeFileSync(
  join(root, 'tsconfig.json'),
  '{ "compilerOptions": { "baseUrl": ".", "paths": { "@shared/*": ["nowhere/*", "shared/*"], "exact": ["a.ts"] } } }',
);

const from = join(root, 'main.ts');

test.each([
  ['./a.js', 'a.ts'],
  ['./b.js', 'b.tsx'],
  ['./c.mjs', 'c.mts'],
  ['./a', 'a.ts'],
  ['./a.ts', 'a.ts'],
  ['./d.js', 'd.js'],
  ['./both.js', 'both.ts'],
  ['./folder', 'folder/index.ts'],
  ['./lib', 'lib/entry.ts'],
  ['./with%20space.ts', 'with space.ts'],
  ['@shared/x', 'shared/x.ts'],
  ['exact', 'a.ts'],
  ['shared/x', 'shared/x.ts'],
])('%s means %s', (specifier, file) => {
  expect(resolveSource(specifier, from)).toBe(join(root, file));
});

test.each(['pkg', 'node:fs', 'fs', './gone', '@shared/gone', '#internal'])('%s is left to Node', specifier => {
  expect(resolveSource(specifier, from)).toBeUndefined();
});

test('within packages Node decides alone', () => {
  expect(resolveSource('./sub', join(root, 'node_modules/pkg/main.ts'))).toBeUndefined();
});

test('a query stays with the URL', () => {
  expect(resolveSourceUrl('./a.js?v=1', pathToFileURL(from).href)).toBe(
    `${pathToFileURL(join(root, 'a.ts')).href}?v=1`,
  );
  expect(resolveSourceUrl('./a.js', undefined)).toBeUndefined();
});

test('what Node did not find for want of an extension is completed', () => {
  const error = Object.assign(new Error('not found'), { url: pathToFileURL(join(root, 'node_modules/pkg/sub')).href });
  expect(resolveMissing(error)).toBe(pathToFileURL(join(root, 'node_modules/pkg/sub.js')).href);
  expect(resolveMissing(new Error('other'))).toBeUndefined();
});
