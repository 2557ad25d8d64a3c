import { equals, parseFilters, queryText } from './query.ts';

test('words are looked for in the name, the rest are conditions', () => {
  expect(parseFilters(' train duration>=500  nodeId~ab state!=FAILED ', 'name')).toEqual([
    { key: 'name', operator: 'contains', value: 'train' },
    { key: 'duration', operator: '>=', value: '500' },
    { key: 'nodeId', operator: 'contains', value: 'ab' },
    { key: 'state', operator: '!=', value: 'FAILED' },
  ]);
});

test('a condition that is not finished is a word', () => {
  expect(parseFilters('state=', 'name')).toEqual([{ key: 'name', operator: 'contains', value: 'state=' }]);
});

test('a query says only what differs from the default', () => {
  expect(queryText({})).toBe('');
  const query = queryText({
    filters: [equals('state', 'A&B:C'), equals('x', '')],
    sort: '-size',
    offset: 0,
    limit: 50,
  });
  expect(query).toBe('?limit=50&sort=-size&filter=state%3A%3D%3AA%26B%3AC&filter=x%3A%3D%3A');
});
