import type { Bundles, Node, PlacementGroupOptions, ResourceMap } from '@aktis/core';
import { Group, ResourcePool } from '@aktis/core/hub';
import type { Member } from '../membership/index.ts';
import type { NodeRecord } from '../records.ts';
import { Placer } from '../scheduling/index.ts';
import { GroupHome } from './group-home.ts';

const member = (nodeId: string, available: ResourceMap = { CPU: 2 }): Member => ({
  record: {
    nodeId,
    name: nodeId,
    kind: 'node',
    state: 'ALIVE',
    labels: {},
    total: { CPU: 2 },
  } as unknown as NodeRecord,
  available,
  waiting: 0,
  isSuspect: false,
});

/** A home whose hosts do nothing by themselves: what it says to them is written down. */
function setUp(nodeIds: readonly string[], bundles: readonly ResourceMap[], options: PlacementGroupOptions) {
  const placer = new Placer({ id: 'home', pool: new ResourcePool({}), labels: {} }, () => 0);
  for (const nodeId of nodeIds) placer.told(member(nodeId));
  const warnings: string[] = [];
  const node = { logs: { warn: (text: string) => warnings.push(text) }, isEnding: false } as unknown as Node;
  const group = new Group('g', bundles, options, 1, undefined);
  const asked: { nodeId: string; round: number; indexes: number[] }[] = [];
  const settled: { nodeId: string; round: number; isKept: boolean }[] = [];
  const home = new GroupHome(
    group,
    node,
    placer,
    {
      reserve: (nodeId: string, round: number, of: Bundles) => asked.push({ nodeId, round, indexes: [...of.keys()] }),
      settle: (nodeId: string, round: number, isKept: boolean) => settled.push({ nodeId, round, isKept }),
      changed: () => {},
    },
    () => 0,
  );
  return { placer, group, home, asked, settled, warnings };
}

const two = [{ CPU: 2 }, { CPU: 2 }];

async function until(condition: () => boolean) {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 2));
}

test('when all have reserved, all keep it, and the group is ready', () => {
  const { home, group, asked, settled, placer } = setUp(['a', 'b'], two, { strategy: 'STRICT_SPREAD' });
  home.try();
  expect(asked.map(({ nodeId }) => nodeId).sort()).toEqual(['a', 'b']);
  home.answered('a', 1, true);
  expect([settled, group.isPlaced]).toEqual([[], false]);
  home.answered('b', 1, true);
  expect(settled.every(({ isKept }) => isKept)).toBe(true);
  expect([group.isPlaced, group.ready.state]).toEqual([true, 'ready']);
  expect(placer.candidates().map(({ available }) => available[0])).toEqual([0, 0]);
  home.removed();
  expect(placer.candidates().map(({ available, total }) => available[0] === total[0])).toEqual([true, true]);
});

test('when one refuses, who has reserved lets go, and it is tried again', async () => {
  const { home, group, asked, settled } = setUp(['a', 'b'], two, { strategy: 'STRICT_SPREAD' });
  home.try();
  home.answered('a', 1, true);
  home.answered('b', 1, false);
  expect(settled).toEqual([{ nodeId: 'a', round: 1, isKept: false }]);
  await until(() => asked.length === 4);
  home.answered('a', 1, true);
  expect(settled).toHaveLength(1);
  home.answered('a', 2, true);
  home.answered('b', 2, true);
  expect(group.isPlaced).toBe(true);
});

test('a node that dies while it is asked has refused', async () => {
  const { home, asked, settled, placer } = setUp(['a', 'b', 'c'], two, { strategy: 'STRICT_SPREAD' });
  home.try();
  const [first, second] = asked.map(({ nodeId }) => nodeId) as [string, string];
  home.answered(first, 1, true);
  placer.gone(second);
  home.nodeGone(second);
  expect(settled).toEqual([{ nodeId: first, round: 1, isKept: false }]);
  await until(() => asked.length === 4);
  expect(asked.slice(2).map(({ nodeId }) => nodeId)).not.toContain(second);
});

test.each([
  ['STRICT_SPREAD', ['c'], true],
  ['SPREAD', ['c'], true],
  ['PACK', ['a'], true],
  ['STRICT_SPREAD', [], false],
] as const)('%s: what a dead node had goes to %j beside what is left on a', (strategy, expected, isThird) => {
  const { home, group, asked, placer } = setUp(['a', 'b'], [{ CPU: 1 }, { CPU: 1 }], { strategy });
  group.nodeIds[0] = 'a';
  group.nodeIds[1] = 'b';
  if (isThird) placer.told(member('c'));
  placer.gone('b');
  home.nodeGone('b');
  expect(asked.map(({ nodeId }) => nodeId)).toEqual(expected);
  expect(group.nodeIds).toEqual(['a', undefined]);
});

test('no nodes can ever hold it: one warning, and the reason', () => {
  const { home, group, warnings } = setUp(['a'], two, { strategy: 'STRICT_SPREAD', name: 'wide' });
  home.try();
  home.try();
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('wide stays pending: STRICT_SPREAD wants 2 different nodes, and there are 1');
  expect(group.reason).toContain('STRICT_SPREAD wants 2');
});

test('nodes that are busy are asked all the same after a while: they reserve what ends next', async () => {
  const { home, asked, placer } = setUp([], [{ CPU: 1 }], {});
  placer.told(member('a', { CPU: 0 }));
  home.try();
  expect(asked).toEqual([]);
  await until(() => asked.length === 1);
  home.removed();
});
