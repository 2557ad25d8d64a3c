import { Command, InvalidArgumentError } from 'commander';
import { addQueryOptions, parseFilter, type QueryChoice, queryOf, wholeNumber } from './query-options.ts';

test.each([
  ['state=FAILED', ['state', '=', 'FAILED']],
  ['state!=FAILED', ['state', '!=', 'FAILED']],
  ['duration > 500', ['duration', '>', '500']],
  ['duration<=0.5', ['duration', '<=', '0.5']],
  ['attempt>=1', ['attempt', '>=', '1']],
  ['name~load', ['name', 'contains', 'load']],
  ['parentTaskId=', ['parentTaskId', '=', '']],
  ['entrypoint=node a.js --x=1', ['entrypoint', '=', 'node a.js --x=1']],
])('the filter "%s" is a field, an operator and a value', (text, filter) => {
  expect(parseFilter(text)).toEqual(filter);
});

test.each(['', 'state', '=FAILED', 'state FAILED', 'a-b=1'])('"%s" is no filter', text => {
  expect(() => parseFilter(text)).toThrow(InvalidArgumentError);
});

test('options become the query that travels; filters add up', () => {
  const parsed = (...args: string[]) => {
    const command = addQueryOptions(new Command().exitOverride()).parse(args, { from: 'user' });
    return queryOf(command.opts<QueryChoice>());
  };
  expect(parsed()).toEqual({ filters: [], limit: 100, offset: 0, detail: false });
  const args = ['-f', 'state=FAILED', '--filter', 'name~x', '-n', '7', '--offset', '3', '--sort=-duration', '--detail'];
  expect(parsed(...args)).toEqual({
    filters: [
      ['state', '=', 'FAILED'],
      ['name', 'contains', 'x'],
    ],
    limit: 7,
    offset: 3,
    sort: '-duration',
    detail: true,
  });
});

test('counts are whole numbers within their limits', () => {
  const count = wholeNumber(1, 10);
  expect(count('10')).toBe(10);
  for (const text of ['0', '11', '1.5', '-1', 'x', '', ' ', '1e1']) {
    expect(() => count(text)).toThrow('It must be a whole number, at least 1 and at most 10.');
  }
  expect(() => wholeNumber(0)('-1')).toThrow('It must be a whole number, at least 0.');
});
