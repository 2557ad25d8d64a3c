import { labelRules, ResourceShape } from '@aktis/core/hub';
import fc from 'fast-check';
import { add, demandOf } from './amounts.ts';
import { node } from './candidates.fixture.ts';
import { amountsOf, type Candidate, NodeIndex, place, type Work } from './index.ts';
import { isEligible, isReady, levelOf, topCount } from './placement-policy.ts';

const capacity = fc.record({ CPU: fc.nat(8), GPU: fc.nat(2) });
const labels = fc.record({ zone: fc.constantFrom('a', 'b', 'c') }, { requiredKeys: [] });

const candidate = fc
  .record({
    total: capacity,
    used: fc.double({ min: 0, max: 1, noNaN: true }),
    labels,
    isSuspect: rare(),
    isDraining: rare(),
  })
  .map(({ used, total, ...rest }) => {
    const free = (amount: number) => Math.floor(amount * (1 - used) * 10) / 10;
    return { total, available: { CPU: free(total.CPU), GPU: free(total.GPU) }, ...rest };
  });

function rare(): fc.Arbitrary<boolean> {
  return fc.nat(9).map(n => n === 0);
}

const shape = fc
  .record({ CPU: fc.constantFrom(0, 0.5, 1, 2, 6), GPU: fc.constantFrom(0, 0, 0, 1) })
  .map(resources => ResourceShape.of(resources));

const labelSelector = fc.option(fc.record({ zone: fc.constantFrom('a', '!a', 'in(a,b)', 'x') }), {
  nil: undefined,
  freq: 2,
});

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), at: fc.nat(40), candidate }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('available' as const), at: fc.nat(40), candidate }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), at: fc.nat(40) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const), at: fc.nat(40), shape }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('place' as const), shape, labelSelector, spread: fc.boolean() }),
  },
);

/** What the index should know, kept in the plainest way. */
class Model {
  readonly nodes = new Map<string, Candidate>();

  readonly #taken = new Map<string, number[]>();

  /** What is used there is what the node says, or what was sent there, whichever is more. */
  set(candidate: Candidate): void {
    const { nodeId, total } = candidate;
    const own = this.#taken.get(nodeId) ?? [];
    const available = total.map((all, i) => Math.min(candidate.available[i] ?? 0, all - (own[i] ?? 0)));
    this.nodes.set(nodeId, { ...candidate, available });
  }

  take(nodeId: string, shape: ResourceShape): void {
    const known = this.nodes.get(nodeId);
    if (known === undefined) return;
    const taken = this.#taken.get(nodeId) ?? [];
    this.#taken.set(nodeId, taken);
    add(demandOf(shape), taken, 1);
    add(demandOf(shape), known.available, -1);
  }

  delete(nodeId: string): void {
    this.nodes.delete(nodeId);
    this.#taken.delete(nodeId);
  }

  /** Whether the rules allow this decision. */
  check(work: Work, decision: ReturnType<NodeIndex['place']>): void {
    const demand = demandOf(work.shape);
    const rules = labelRules(work.labelSelector);
    const all = [...this.nodes.values()];
    const ready = all.filter(each => isReady(demand, rules, each));
    if (ready.length === 0) {
      expect(decision.kind).toBe(all.some(each => isEligible(demand, rules, each)) ? 'busy' : 'infeasible');
      expect(place(all, work, Math.random)).toEqual(decision);
      return;
    }
    if (decision.kind !== 'place') throw new Error(`${decision.kind}, though ${ready.length} have room`);
    const chosen = ready.find(each => each.nodeId === decision.nodeId);
    if (chosen === undefined) throw new Error(`${decision.nodeId} has no room`);
    if (work.strategy === 'SPREAD') return;
    const level = (each: Candidate) => levelOf(demand, each.total, each.available);
    const levels = ready.map(level).sort((a, b) => a - b);
    const local = ready.find(each => each.isLocal);
    if (local !== undefined && level(local) === 0) expect(chosen).toBe(local);
    else expect(level(chosen)).toBeLessThanOrEqual(levels[topCount(ready.length) - 1] as number);
  }
}

test('whatever changes, the index decides by the rules, as if it had looked at every node', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 120, size: 'max' }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      (steps, numbers) => {
        const index = new NodeIndex(() => numbers.next().value as number);
        const model = new Model();
        const cursor = { next: 0 };
        for (const next of steps) {
          const nodeId = 'at' in next ? `n${next.at}` : '';
          const known = model.nodes.get(nodeId);
          if (next.kind === 'set') {
            const made = node(nodeId, { ...next.candidate, isLocal: nodeId === 'n0' });
            model.set(made);
            index.set(made);
          } else if (next.kind === 'available') {
            const available = amountsOf(next.candidate.available);
            if (known !== undefined) model.set({ ...known, available });
            index.setAvailable(nodeId, available);
          } else if (next.kind === 'delete') {
            model.delete(nodeId);
            index.delete(nodeId);
          } else if (next.kind === 'take') {
            model.take(nodeId, next.shape);
            index.take(nodeId, next.shape);
          } else {
            const work: Work = {
              shape: next.shape,
              ...(next.labelSelector && { labelSelector: next.labelSelector }),
              ...(next.spread && { strategy: 'SPREAD' as const }),
            };
            model.check(work, index.place(work, cursor));
          }
        }
        expect(index.size).toBe(model.nodes.size);
      },
    ),
    { numRuns: 300, seed: 20261 },
  );
});

test('what is given back after it was taken can be taken again', () => {
  const index = new NodeIndex();
  index.set(node('a', { total: { CPU: 1 } }));
  const work = { shape: ResourceShape.ONE_CPU };
  index.take('a', work.shape);
  expect(index.place(work)).toEqual({ kind: 'busy' });
  index.give('a', work.shape);
  expect(index.place(work)).toEqual({ kind: 'place', nodeId: 'a' });
});

test('where work came back from without having started, there is what the node said then', () => {
  const index = new NodeIndex();
  index.set(node('a', { total: { CPU: 2 } }));
  const work = { shape: ResourceShape.ONE_CPU };
  for (let i = 0; i < 2; i++) index.take('a', work.shape);
  // In use by work of others, as it turns out.
  for (let i = 0; i < 2; i++) index.takeBack('a', work.shape, amountsOf({ CPU: 0 }));
  expect(index.place(work)).toEqual({ kind: 'busy' });
  index.setAvailable('a', amountsOf({ CPU: 2 }));
  expect(index.place(work)).toEqual({ kind: 'place', nodeId: 'a' });
});

test('SPREAD is fair to all that have room, however many there are', () => {
  const index = new NodeIndex();
  for (let i = 0; i < 100; i++) index.set(node(`n${i}`, { available: { CPU: i % 3 === 0 ? 0 : 4 } }));
  const cursor = { next: 0 };
  const turns = new Map<string, number>();
  for (let i = 0; i < 66 * 5; i++) {
    const decision = index.place({ shape: ResourceShape.ONE_CPU, strategy: 'SPREAD' }, cursor);
    if (decision.kind === 'place') turns.set(decision.nodeId, (turns.get(decision.nodeId) ?? 0) + 1);
  }
  expect(turns.size).toBe(66);
  expect(new Set(turns.values())).toEqual(new Set([5]));
});

test('more kinds of work than are kept are placed all the same', () => {
  const index = new NodeIndex();
  index.set(node('a', { total: { CPU: 1000 } }));
  for (let round = 0; round < 2; round++) {
    for (let i = 1; i <= 600; i++) {
      expect(index.place({ shape: ResourceShape.of({ CPU: i }) })).toEqual({ kind: 'place', nodeId: 'a' });
    }
  }
});
