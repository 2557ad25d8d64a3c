import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compilerSettings } from './tsconfig.ts';

const root = mkdtempSync(join(tmpdir(), 'aktis-tsconfig-'));
afterAll(() => rmSync(root, { recursive: true }));

let count = 0;
/** A folder of its own with these files. */
function project(files: Record<string, string>): string {
  const folder = join(root, `p${count++}`);
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

test('without a tsconfig.json decorators are the legacy ones, with metadata', () => {
  expect(compilerSettings(project({}))).toMatchObject({ legacyDecorators: true, decoratorMetadata: true, paths: [] });
});

test('with one, it says so or decorators are the standard ones', () => {
  expect(compilerSettings(project({ 'tsconfig.json': '{}' }))).toMatchObject({ legacyDecorators: false });
  const legacy = project({ 'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }' });
  expect(compilerSettings(legacy)).toMatchObject({ legacyDecorators: true, decoratorMetadata: false });
});

test('the nearest one counts, for the folders below it too', () => {
  const folder = project({
    'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
    'inner/tsconfig.json': '{}',
    'other/deep/a.ts': '',
  });
  expect(compilerSettings(join(folder, 'other/deep'))).toMatchObject({
    legacyDecorators: true,
    file: join(folder, 'tsconfig.json'),
  });
  expect(compilerSettings(join(folder, 'inner'))).toMatchObject({ legacyDecorators: false });
});

test('one that only lists other projects says nothing about its files', () => {
  const folder = project({ 'tsconfig.json': '{ "files": [], "references": [{ "path": "./a" }] }' });
  expect(compilerSettings(folder)).toMatchObject({ legacyDecorators: true, decoratorMetadata: true });
});

test('comments and trailing commas are read, and strings that look like them are kept', () => {
  const folder = project({
    'tsconfig.json': '{ /* a */ "compilerOptions": { "jsxImportSource": "//x,}", // b\n "jsx": "react-jsx", }, }',
  });
  expect(compilerSettings(folder).jsx).toMatchObject({ importSource: '//x,}', runtime: 'automatic' });
});

test('what is extended comes first, from files and packages, and keeps its own folder', () => {
  const folder = project({
    'node_modules/@scope/base/tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
    'config/paths.json':
      '{ "compilerOptions": { "paths": { "~/*": ["../src/*"], "~here": ["$' +
      '{configDir}/here.ts"] }, "experimentalDecorators": false } }',
    'tsconfig.json':
      '{ "extends": ["./config/paths", "@scope/base"], "compilerOptions": { "emitDecoratorMetadata": true } }',
  });
  expect(compilerSettings(folder)).toMatchObject({
    legacyDecorators: true,
    decoratorMetadata: true,
    paths: [
      { prefix: '~here', suffix: undefined, targets: [join(folder, 'here.ts')] },
      { prefix: '~/', suffix: '', targets: [join(folder, 'src/*')] },
    ],
  });
});

test('one that extends itself in a circle ends', () => {
  const folder = project({
    'tsconfig.json': '{ "extends": "./other" }',
    'other.json': '{ "extends": "./tsconfig.json" }',
  });
  expect(compilerSettings(folder).legacyDecorators).toBe(false);
});

test.each([
  ['ES5', false],
  ['es2021', false],
  ['es2022', true],
  ['esnext', true],
])('fields are defined as the target %s does it', (target, define) => {
  const folder = project({ 'tsconfig.json': JSON.stringify({ compilerOptions: { target } }) });
  expect(compilerSettings(folder).useDefineForClassFields).toBe(define);
});

test('one that cannot be read names the file', () => {
  const folder = project({ 'tsconfig.json': '{ "compilerOptions": ' });
  expect(() => compilerSettings(folder)).toThrow(join(folder, 'tsconfig.json'));
});
