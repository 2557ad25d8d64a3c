import { leftOut } from './left-out.ts';

test('a complete list says nothing', () => {
  expect(leftOut('tasks', 3, { total: 3, dropped: 0, truncated: false, missingNodes: [] })).toEqual([]);
});

test('what is missing is said: the rest, the forgotten, and nodes that did not answer', () => {
  const facts = { total: 1234, dropped: 5, truncated: true, missingNodes: ['0123456789abcdef', 'fedcba9876543210'] };
  expect(leftOut('tasks', 100, facts)).toEqual([
    'Showing 100 of 1234 tasks: --limit, --offset or --filter show others',
    '5 older tasks have been forgotten',
    'No answer from 0123456789ab, fedcba987654: what is there is missing',
  ]);
});
