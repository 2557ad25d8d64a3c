import { RecentList } from './recent-list.ts';

test('the newest stay, newest first, and it is known how many went', () => {
  const list = new RecentList<number>(3);
  expect([...list]).toEqual([]);
  for (let i = 1; i <= 2; i++) list.add(i);
  expect([[...list], list.dropped]).toEqual([[2, 1], 0]);
  for (let i = 3; i <= 8; i++) list.add(i);
  expect([[...list], list.dropped, list.size]).toEqual([[8, 7, 6], 5, 3]);
});
