import { ResourceShape } from '@aktis/core/hub';
import { node } from './candidates.fixture.ts';
import { type Candidate, NodeIndex, place, type SpreadCursor, type Work } from './index.ts';

const CPU = ResourceShape.of({ CPU: 1 });
const first = () => 0;
const last = () => 0.999;

/** Both ways to decide must agree wherever chance plays no part. */
function decide(candidates: readonly Candidate[], work: Partial<Work> = {}, random = first, cursor?: SpreadCursor) {
  const index = new NodeIndex(random);
  for (const candidate of candidates) index.set(candidate);
  const own = cursor === undefined ? undefined : { ...cursor };
  const decision = place(candidates, { shape: CPU, ...work }, random, cursor);
  expect(index.place({ shape: CPU, ...work }, own)).toEqual(decision);
  return decision.kind === 'place' ? decision.nodeId : decision;
}

describe('by default', () => {
  test('work stays here while less than half is in use', () => {
    const here = node('here', { isLocal: true, available: { CPU: 3 } });
    expect(decide([node('a'), here], {}, last)).toBe('here');
  });

  test('at half use it goes to the best of all', () => {
    const here = node('here', { isLocal: true, available: { CPU: 2 } });
    expect(decide([here, node('a', { available: { CPU: 1 } }), node('b')])).toBe('b');
    expect(decide([here, node('a', { available: { CPU: 1 } })], {}, last)).toBe('here');
  });

  test('the resource that counts is the scarcest of those demanded', () => {
    const total = { CPU: 8, GPU: 2 };
    const here = node('here', { isLocal: true, total, available: { CPU: 8, GPU: 1 } });
    expect(decide([here, node('a', { total })], { shape: ResourceShape.of({ CPU: 1, GPU: 1 }) })).toBe('a');
    expect(decide([here, node('a', { total })], { shape: CPU })).toBe('here');
  });

  test('nodes that are equally good are taken at random', () => {
    const nodes = [node('a'), node('b'), node('c')];
    const index = new NodeIndex(Math.random);
    for (const each of nodes) index.set(each);
    const seen = new Set<string>();
    for (let i = 0; i < 500 && seen.size < 3; i++) {
      const decision = index.place({ shape: CPU });
      if (decision.kind === 'place') seen.add(decision.nodeId);
    }
    expect([...seen].sort()).toEqual(['a', 'b', 'c']);
  });

  test('suspects get nothing, draining nodes never again', () => {
    const suspect = node('a', { isSuspect: true });
    expect(decide([suspect, node('b', { available: { CPU: 1 } })])).toBe('b');
    expect(decide([suspect])).toEqual({ kind: 'busy' });
    expect(decide([node('a', { isDraining: true })])).toMatchObject({ kind: 'infeasible' });
  });

  test('work that demands nothing goes where least of anything is in use', () => {
    const full = node('a', { available: { CPU: 0 } });
    expect(decide([full, node('b')], { shape: ResourceShape.NONE }, last)).toBe('b');
    expect(decide([full], { shape: ResourceShape.NONE })).toBe('a');
  });

  test('when nothing is free, it waits', () => {
    expect(decide([node('a', { available: { CPU: 0.5 } })])).toEqual({ kind: 'busy' });
  });
});

describe('near its arguments', () => {
  const nodes = [node('here', { isLocal: true }), node('a'), node('b')];

  test('work goes where most bytes lie', () => {
    expect(decide(nodes, { argumentBytes: new Map([['a', 5e6], ['b', 9e6]]) })).toBe('b'); // biome-ignore format: short
  });

  test('a megabyte is not worth it', () => {
    expect(decide(nodes, { argumentBytes: new Map([['a', 1024 * 1024]]) })).toBe('here');
  });

  test('nor is waiting for room there', () => {
    const full = node('c', { available: { CPU: 0 } });
    expect(decide([...nodes, full], { argumentBytes: new Map([['c', 9e9]]) })).toBe('here');
  });
});

describe('SPREAD', () => {
  test('takes turns among those that have room', () => {
    const nodes = [node('a'), node('b', { available: { CPU: 0 } }), node('c', { isLocal: true }), node('d')];
    const cursor = { next: 0 };
    const turns = Array.from({ length: 7 }, () => decide(nodes, { strategy: 'SPREAD' }, first, cursor));
    expect(turns).toEqual(['a', 'c', 'd', 'a', 'c', 'd', 'a']);
  });
});

describe('a named node', () => {
  const nodes = [node('a', { isLocal: true }), node('b', { available: { CPU: 0 } }), node('c', { isDraining: true })];

  test('is waited for', () => {
    expect(decide(nodes, { strategy: { nodeId: 'a' } })).toBe('a');
    expect(decide(nodes, { strategy: { nodeId: 'b' } })).toEqual({ kind: 'busy' });
    expect(decide(nodes, { strategy: { nodeId: 'b', soft: true } })).toEqual({ kind: 'busy' });
  });

  test('that is gone, draining or too small: never, or with soft elsewhere', () => {
    expect(decide(nodes, { strategy: { nodeId: 'x' } })).toMatchObject({
      reason: expect.stringMatching(/x is no living/),
    });
    expect(decide(nodes, { strategy: { nodeId: 'c' } })).toMatchObject({ reason: 'node c is draining' });
    const big = { shape: ResourceShape.of({ CPU: 9 }) };
    expect(decide(nodes, { ...big, strategy: { nodeId: 'a' } })).toMatchObject({
      reason: 'node a has too little: 9 CPU (has 4) are needed',
    });
    for (const nodeId of ['x', 'c']) expect(decide(nodes, { strategy: { nodeId, soft: true } })).toBe('a');
  });
});

describe('labels', () => {
  const nodes = [
    node('a', { labels: { zone: 'one' }, isLocal: true }),
    node('b', { labels: { zone: 'two', disk: 'ssd' }, available: { CPU: 1 } }),
    node('c', { labels: { zone: 'two' } }),
  ];

  test('must match', () => {
    expect(decide(nodes, { labelSelector: { zone: 'two' } })).toBe('c');
    expect(decide(nodes, { labelSelector: { zone: 'two', disk: 'ssd' } })).toBe('b');
    expect(decide(nodes, { strategy: { labels: { hard: { disk: 'ssd' } } }, labelSelector: { zone: '!one' } })).toBe(
      'b',
    );
  });

  test('that are only wished for count when there is room', () => {
    expect(decide(nodes, { strategy: { labels: { soft: { disk: 'ssd' } } } })).toBe('b');
    const two = ResourceShape.of({ CPU: 2 });
    expect(decide(nodes, { shape: two, strategy: { labels: { soft: { disk: 'ssd' } } } })).toBe('a');
    expect(decide(nodes, { strategy: { labels: { soft: { disk: 'tape' } } } })).toBe('a');
  });
});

describe('what can never run says why', () => {
  const nodes = [node('a', { labels: { zone: 'one' } }), node('b', { total: { CPU: 8 }, available: { CPU: 0 } })];
  const reason = (work: Partial<Work>) => (decide(nodes, work) as { reason: string }).reason;

  test('by the resource', () => {
    expect(reason({ shape: ResourceShape.of({ CPU: 16 }) })).toBe(
      'of all 2 nodes none has 16 CPU (the most one has is 8)',
    );
    expect(reason({ shape: ResourceShape.of({ tpu: 1 }) })).toBe(
      'of all 2 nodes none has 1 tpu (the most one has is 0)',
    );
  });

  test('by the label', () => {
    expect(reason({ labelSelector: { zone: 'two' } })).toBe('no node has the labels zone=two (there is one)');
  });

  test('by both', () => {
    expect(reason({ labelSelector: { zone: 'one' }, shape: ResourceShape.of({ CPU: 8 }) })).toBe(
      'of the 1 with the labels asked for none has 8 CPU (the most one has is 4)',
    );
  });

  test('in an empty cluster', () => {
    expect(place([], { shape: CPU }, first)).toEqual({ kind: 'infeasible', reason: 'the cluster has no nodes' });
    expect(new NodeIndex().place({ shape: CPU })).toEqual({ kind: 'infeasible', reason: 'the cluster has no nodes' });
  });
});
