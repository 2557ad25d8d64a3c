import { amountsOf, type Candidate, NodeIndex, place } from '@aktis/cluster/scheduling';
import { ResourceShape } from '@aktis/core/hub';

const MILLISECONDS = 300;

/** How many placements a second the index makes, and how many looking at every node would; half the cluster is in use. */
export function decisionRates(
  nodes: number,
  random: () => number,
): { indexDecisionsPerSecond: number; scanDecisionsPerSecond: number } {
  const candidates = Array.from(
    { length: nodes },
    (_, i): Candidate => ({
      nodeId: `node-${i}`,
      name: `node-${i}`,
      total: amountsOf({ CPU: 4 }),
      available: amountsOf({ CPU: Math.floor(random() * 5) }),
      labels: {},
      isSuspect: false,
      isDraining: false,
      isLocal: false,
    }),
  );
  const index = new NodeIndex(random);
  for (const candidate of candidates) index.set(candidate);
  const work = { shape: ResourceShape.ONE_CPU };
  const byIndex = () => {
    const decision = index.place(work);
    if (decision.kind !== 'place') return;
    index.take(decision.nodeId, work.shape);
    index.give(decision.nodeId, work.shape);
  };
  return {
    indexDecisionsPerSecond: rate(byIndex),
    scanDecisionsPerSecond: rate(() => void place(candidates, work, random)),
  };
}

/** Calls a second, after as many to warm up. */
function rate(call: () => void): number {
  const count = (until: number) => {
    let calls = 0;
    for (; performance.now() < until; calls += 10) for (let i = 0; i < 10; i++) call();
    return calls;
  };
  count(performance.now() + MILLISECONDS);
  const start = performance.now();
  const calls = count(start + MILLISECONDS);
  return (calls / (performance.now() - start)) * 1_000;
}
