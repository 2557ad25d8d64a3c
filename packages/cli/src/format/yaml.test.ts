import { toYaml } from './yaml.ts';

test('nested data becomes blocks, and texts that look like something else stand in quotes', () => {
  const value = { name: 'node-1', up: true, no: 'no', list: [{ a: 1, b: [] }, 'x: y', [1, 2]], none: null, empty: {} };
  expect(toYaml(value)).toBe(
    [
      'name: node-1',
      'up: true',
      '"no": "no"',
      'list:',
      '  - a: 1',
      '    b: []',
      '  - "x: y"',
      '  - - 1',
      '    - 2',
      'none: null',
      'empty: {}',
    ].join('\n'),
  );
});
