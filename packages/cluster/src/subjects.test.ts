import { checkPattern, checkSubject, matches } from './subjects.ts';

test('a star stands for one word, ">" for one or more', () => {
  expect(matches('hb.n1', 'hb.n1')).toBe(true);
  expect(matches('hb.n1', 'hb.n12')).toBe(false);
  expect(matches('hb.*', 'hb.n1')).toBe(true);
  expect(matches('hb.*', 'hb.n1.x')).toBe(false);
  expect(matches('hb.*', 'hb')).toBe(false);
  expect(matches('hb.>', 'hb.n1.x')).toBe(true);
  expect(matches('hb.>', 'hb')).toBe(false);
  expect(matches('hb.>', 'hbx.n1')).toBe(false);
});

test.each(['', '.', 'a.', '.a', 'a..b', 'a b', 'a.*', 'a.>', 'é'])('%j is no subject', subject => {
  expect(() => checkSubject(subject)).toThrow(/is no subject: write words of letters/);
});

test.each(['*', '>', 'a.*.b', 'a*', 'a.>.b', 'a>'])('%j is no pattern', pattern => {
  expect(() => checkPattern(pattern)).toThrow(/is no subject/);
});
