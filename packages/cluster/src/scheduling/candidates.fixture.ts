import { amountsOf, type Candidate } from './index.ts';

/** A node for tests: 4 free CPUs unless told otherwise. */
export function node(nodeId: string, { total = { CPU: 4 }, available = total, ...rest }: NodeFixture = {}): Candidate {
  return {
    nodeId,
    name: nodeId,
    total: amountsOf(total),
    available: amountsOf(available),
    labels: {},
    isSuspect: false,
    isDraining: false,
    isLocal: false,
    ...rest,
  };
}

interface NodeFixture extends Partial<Omit<Candidate, 'nodeId' | 'total' | 'available'>> {
  readonly total?: Record<string, number>;
  readonly available?: Record<string, number>;
}
