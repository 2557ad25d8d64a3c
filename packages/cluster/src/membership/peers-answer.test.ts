import { peersAnswer } from './peers-answer.ts';

test('one that has the store decides', () => {
  expect(peersAnswer(['lost it', 'has it', 'lost it'])).toBe('peers have the store');
});

test('most must have lost it, for nobody to have it', () => {
  expect(peersAnswer(['lost it', 'unreachable'])).toBe('nobody has it');
  expect(peersAnswer(['lost it', 'unreachable', 'unreachable'])).toBe('no peer answers');
  expect(peersAnswer(['unsure'])).toBe('no peer answers');
});

test('those who are gone do not count', () => {
  expect(peersAnswer(['gone', 'gone'])).toBe('nobody has it');
  expect(peersAnswer(['gone', 'unreachable'])).toBe('no peer answers');
});
