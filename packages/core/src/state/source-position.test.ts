import { transformSync } from '@swc/core';
import { sourcePosition } from './source-position.ts';

const source =
  "interface A {\n  a: number;\n}\nexport function boom(x: A): never {\n  throw new RangeError('bad');\n}\n";
const { code } = transformSync(source, {
  filename: '/app/main.ts',
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  sourceMaps: 'inline',
});
const mapUrl = code.slice(code.lastIndexOf('data:')).trim();
const lines = code.split('\n');
const line = lines.findIndex(text => text.includes('throw')) + 1;
const frame = { functionName: 'boom', url: 'file:///app/main.ts', line, column: 5 };

test('a frame of compiled code is told where it stands in the source', () => {
  expect(line).not.toBe(5);
  expect(sourcePosition(frame, mapUrl)).toMatchObject({ url: 'file:///app/main.ts', line: 5, column: 3 });
});

test('without a map, or with one that cannot be read, it stays where it is', () => {
  for (const url of ['', 'main.js.map', 'data:application/json;base64,e30=', 'data:application/json;base64,!!']) {
    expect(sourcePosition(frame, url)).toEqual(frame);
  }
});
