import { href, parseRoute } from './address.ts';

test('an address says page, id and query', () => {
  const { path, query } = parseRoute('#/tasks/a%2Fb?q=x%3D1?&state=FAILED');
  expect(path).toEqual(['tasks', 'a/b']);
  expect(Object.fromEntries(query)).toEqual({ q: 'x=1?', state: 'FAILED' });
});

test('nothing is the overview, and nonsense is no reason to fail', () => {
  expect(parseRoute('').path).toEqual(['overview']);
  expect(parseRoute('#/').path).toEqual(['overview']);
  expect(parseRoute('#/tasks/%E0%A4').path).toEqual(['tasks', '%E0%A4']);
});

test('what href makes is parsed back', () => {
  const address = href('actors', 'a b/c?', { q: 'name=ä&b', state: undefined });
  const { path, query } = parseRoute(address);
  expect(path).toEqual(['actors', 'a b/c?']);
  expect([...query]).toEqual([['q', 'name=ä&b']]);
});
