import { oneLine } from './one-line.ts';

test('texts of others become one line that does nothing to a terminal', () => {
  expect(oneLine('a\n  b\tc\u0007 \u001b[31mred\u001b[0m \u001b]0;title\u0007')).toBe('a b c red');
});

test('long ones are cut', () => {
  expect(oneLine('x'.repeat(81))).toBe(`${'x'.repeat(79)}…`);
  expect(oneLine('x'.repeat(80))).toBe('x'.repeat(80));
});
