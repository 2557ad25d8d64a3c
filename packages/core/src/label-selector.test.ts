import { bothRules, labelRules, matches, unmatched } from './label-selector.ts';

const selects = (selector: Record<string, string | string[]>, labels: Record<string, string>) =>
  matches(labelRules(selector), labels);

test.each([
  ['a', true, false, false],
  ['!a', false, true, true],
  ['in(a,b)', true, true, false],
  ['in(b, c)', false, true, false],
  ['!in(a,c)', false, true, true],
  [['a', 'b'], true, true, false],
  [['!a', '!b'], false, false, true],
  [['a', '!b'], true, false, false],
])('zone: %j holds for a: %s, for b: %s, for no zone: %s', (wanted, a, b, none) => {
  expect(selects({ zone: wanted }, { zone: 'a' })).toBe(a);
  expect(selects({ zone: wanted }, { zone: 'b' })).toBe(b);
  expect(selects({ zone: wanted }, {})).toBe(none);
});

test('all labels must hold, and an empty selector holds for all', () => {
  expect(selects({ zone: 'a', disk: 'ssd' }, { zone: 'a', disk: 'hdd' })).toBe(false);
  expect(selects({}, {})).toBe(true);
});

test('names such as toString are no labels that everybody has', () => {
  expect(selects({ toString: '!x' }, {})).toBe(true);
  expect(selects({ constructor: 'x' }, {})).toBe(false);
});

test('two selectors together demand both, also of one label', () => {
  const both = bothRules(labelRules({ zone: 'in(a,b)' }), labelRules({ zone: '!a' }));
  expect(matches(both, { zone: 'b' })).toBe(true);
  expect(matches(both, { zone: 'a' })).toBe(false);
});

test('what is missing is said, with what there is', () => {
  expect(unmatched(labelRules({ zone: 'c' }), [{ zone: 'a' }, { zone: 'b' }])).toBe('zone=c (there is a, b)');
  expect(unmatched(labelRules({ tpu: 'v5' }), [{}])).toBe('tpu=v5 (no node has that label)');
  expect(unmatched(labelRules({ zone: 'a', disk: 'ssd' }), [{ zone: 'a' }, { disk: 'ssd' }])).toBe(
    'zone=a and disk=ssd',
  );
});
