import { hasQuery, isTypeScript, moduleUrl } from './module-url.ts';

test('a module has one URL, by whatever it is named', () => {
  const url = 'file:///srv/app/main.ts';
  for (const name of [
    '/srv/app/main.ts',
    url,
    `${url}?v=1`,
    `${url}#part`,
    `${url}?t=1#part`,
    '/srv/app/main.ts?v=1',
  ]) {
    expect(moduleUrl(name)).toBe(url);
  }
  expect(moduleUrl('/srv/with space/é.ts')).toBe('file:///srv/with%20space/%C3%A9.ts');
  expect(moduleUrl('data:text/javascript,a?b')).toBe('data:text/javascript,a?b');
});

test('a query shows that a module was loaded again', () => {
  expect(hasQuery('file:///a.ts?v=1')).toBe(true);
  expect(hasQuery('/a.ts?v=1')).toBe(true);
  expect(hasQuery('file:///a.ts')).toBe(false);
});

test.each(['a.ts', 'a.tsx', 'a.mts', 'a.cts', 'file:///a.ts?v=1'])('%s is TypeScript', name => {
  expect(isTypeScript(name)).toBe(true);
});

test.each(['a.js', 'a.mjs', 'ats', 'a.ts/b.js'])('%s is not', name => {
  expect(isTypeScript(name)).toBe(false);
});
