import type { PlacementStrategy } from '@aktis/core';
import { ResourceShape } from '@aktis/core/hub';
import fc from 'fast-check';
import { add, demandOf, fits } from './amounts.ts';
import { node } from './candidates.fixture.ts';
import { assignBundles, type Candidate } from './index.ts';

const cpus = (...amounts: number[]) => amounts.map(CPU => ResourceShape.of({ CPU }));
const nodes = (...amounts: number[]) => amounts.map((CPU, i) => node(`n${i}`, { total: { CPU } }));

const used = (bundles: number[], strategy: PlacementStrategy, on: Candidate[]) => {
  const decision = assignBundles(cpus(...bundles), strategy, on);
  return decision.kind === 'assign' ? new Set(decision.nodeIds).size : decision.kind;
};

test('PACK takes one node when one has room, and few otherwise', () => {
  expect(used([1, 1, 2], 'PACK', nodes(2, 4, 8))).toBe(1);
  expect(used([4, 4, 4, 4], 'PACK', nodes(8, 8, 8))).toBe(2);
});

test('SPREAD takes as many nodes as there are, and then some twice', () => {
  expect(used([1, 1, 1], 'SPREAD', nodes(4, 4, 4))).toBe(3);
  expect(used([1, 1, 1, 1, 1], 'SPREAD', nodes(4, 4))).toBe(2);
});

test('STRICT_PACK waits for one node, STRICT_SPREAD for different ones', () => {
  expect(used([2, 2], 'STRICT_PACK', nodes(2, 2, 4))).toBe(1);
  expect(used([1, 1, 1], 'STRICT_SPREAD', nodes(4, 4, 4))).toBe(3);
  const full = node('n2', { total: { CPU: 4 }, available: { CPU: 0 } });
  expect(used([2, 2], 'STRICT_PACK', [...nodes(2, 2), full])).toBe('busy');
  expect(used([1, 1, 1], 'STRICT_SPREAD', [...nodes(2, 2), full])).toBe('busy');
});

test('what no cluster of this size can hold says why', () => {
  expect(assignBundles(cpus(3, 3), 'STRICT_PACK', nodes(4, 4))).toEqual({
    kind: 'infeasible',
    reason: 'all bundles together need 6 CPU, and no node has that: n0 lacks 6 CPU (has 4)',
  });
  expect(assignBundles(cpus(1, 1, 1), 'STRICT_SPREAD', nodes(4, 4))).toMatchObject({
    reason: 'STRICT_SPREAD wants 3 different nodes, and there are 2',
  });
  expect(assignBundles(cpus(3, 3, 3), 'PACK', nodes(4, 4))).toMatchObject({
    reason: expect.stringMatching(/too little/),
  });
});

test('suspects are waited for, draining nodes are not', () => {
  expect(assignBundles(cpus(1), 'PACK', [node('a', { isSuspect: true })])).toEqual({ kind: 'busy' });
  expect(assignBundles(cpus(1), 'PACK', [node('a', { isDraining: true })])).toMatchObject({ kind: 'infeasible' });
});

/** Every way to lay the bundles, tried in turn. */
function canBeLaid(bundles: readonly ResourceShape[], strategy: PlacementStrategy, on: readonly Candidate[]): boolean {
  const left = on.map(({ available }) => [...available]);
  const lay = (bundle: number, taken: readonly number[]): boolean => {
    if (bundle === bundles.length) return true;
    const demand = demandOf(bundles[bundle] as ResourceShape);
    return on.some((_, at) => {
      if (strategy === 'STRICT_PACK' && taken.length > 0 && taken[0] !== at) return false;
      if (strategy === 'STRICT_SPREAD' && taken.includes(at)) return false;
      const room = left[at] as number[];
      if (!fits(demand, room)) return false;
      add(demand, room, -1);
      const done = lay(bundle + 1, [...taken, at]);
      add(demand, room, 1);
      return done;
    });
  };
  return lay(0, []);
}

test('an assignment is found exactly when there is one, and never takes more than there is', () => {
  const amounts = fc.record({ CPU: fc.nat(4), GPU: fc.nat(2) });
  const bundle = amounts.filter(({ CPU, GPU }) => CPU + GPU > 0).map(resources => ResourceShape.of(resources));
  const strategy = fc.constantFrom<PlacementStrategy>('PACK', 'SPREAD', 'STRICT_PACK', 'STRICT_SPREAD');
  fc.assert(
    fc.property(
      fc.array(bundle, { minLength: 1, maxLength: 5 }),
      strategy,
      fc.array(amounts, { maxLength: 4 }),
      (bundles, strategy, totals) => {
        const on = totals.map((total, i) => node(`n${i}`, { total }));
        const decision = assignBundles(bundles, strategy, on);
        expect(decision.kind === 'assign').toBe(canBeLaid(bundles, strategy, on));
        if (decision.kind !== 'assign') return;
        const left = new Map(on.map(({ nodeId, available }) => [nodeId, [...available]]));
        for (const [i, nodeId] of decision.nodeIds.entries())
          add(demandOf(bundles[i] as ResourceShape), left.get(nodeId) as number[], -1);
        for (const amounts of left.values()) expect(Math.min(0, ...amounts)).toBe(0);
        const different = new Set(decision.nodeIds).size;
        if (strategy === 'STRICT_PACK') expect(different).toBe(1);
        if (strategy === 'STRICT_SPREAD') expect(different).toBe(bundles.length);
      },
    ),
    { numRuns: 1_000, seed: 20261 },
  );
});
