import type { CpuProfile, ProfileNode } from '../../../src/api-types.ts';
import { framesOf, functionTimes, treeOf } from './profile-tree.ts';

const node = (id: number, functionName: string, children: number[] = [], lineNumber = 0): ProfileNode => ({
  id,
  callFrame: { functionName, scriptId: '1', url: 'file:///a.ts', lineNumber, columnNumber: 0 },
  children,
});

const profile = (nodes: ProfileNode[], samples: number[], timeDeltas: number[]): CpuProfile => ({
  nodes,
  samples,
  timeDeltas,
  startTime: 0,
  endTime: 0,
});

test('a sample counts until the next one; times add up towards the root', () => {
  const root = treeOf(profile([node(1, 'root', [2]), node(2, 'a', [3]), node(3, 'b')], [3, 2, 3], [0, 10, 5]));
  expect([...framesOf(root)].map(({ name, self, total }) => [name, self, total])).toEqual([
    ['root', 0, 15],
    ['a', 5, 15],
    ['b', 10, 10],
  ]);
});

test('calls of the same function from the same place are one frame, the most expensive first', () => {
  const nodes = [node(1, 'root', [2, 3, 4]), node(2, 'a'), node(3, 'b'), node(4, 'a')];
  const root = treeOf(profile(nodes, [2, 3, 4, 1], [0, 4, 5, 4]));
  expect(root.children.map(({ name, total }) => [name, total])).toEqual([
    ['a', 8],
    ['b', 5],
  ]);
});

test('a function that calls itself is not counted twice', () => {
  const nodes = [node(1, 'root', [2]), node(2, 'walk', [3]), node(3, 'walk', [4]), node(4, 'leaf', [], 7)];
  const times = functionTimes(treeOf(profile(nodes, [2, 3, 4, 1], [0, 1, 2, 3])));
  expect(times.find(({ name }) => name === 'walk')).toMatchObject({ self: 3, total: 6 });
  expect(times[0]).toMatchObject({ name: 'walk', line: 1 });
});

test('a profile without samples has a tree without time', () => {
  expect(treeOf(profile([node(1, 'root', [2]), node(2, '')], [], []))).toMatchObject({ total: 0, children: [] });
});
