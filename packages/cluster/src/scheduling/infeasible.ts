import type { LabelRules } from '@aktis/core';
import { matches, unmatched } from '@aktis/core/hub';
import { type Demand, fits, missing } from './amounts.ts';
import type { Candidate, Decision } from './candidate.ts';

/** Why no node can ever run it: which label or which resource is missing, and how much there is. */
export function infeasible(demand: Demand, rules: LabelRules, candidates: readonly Candidate[]): Decision {
  return { kind: 'infeasible', reason: reasonOf(demand, rules, candidates) };
}

function reasonOf(demand: Demand, rules: LabelRules, candidates: readonly Candidate[]): string {
  const accepting = candidates.filter(({ isDraining }) => !isDraining);
  if (accepting.length === 0) return candidates.length === 0 ? 'the cluster has no nodes' : 'all nodes are draining';
  const labelled = accepting.filter(({ labels }) => matches(rules, labels));
  if (labelled.length === 0) {
    return `no node has the labels ${unmatched(
      rules,
      accepting.map(({ labels }) => labels),
    )}`;
  }
  const which =
    rules.rules.length > 0 ? `the ${labelled.length} with the labels asked for` : `all ${labelled.length} nodes`;
  const hopeless = demand.shape.names
    .map((name, i) => ({ name, wanted: demand.amounts[i] as number, index: demand.indexes[i] as number }))
    .filter(({ index, wanted }) => labelled.every(({ total }) => (total[index] ?? 0) < wanted))
    .map(({ name, wanted, index }) => {
      const most = Math.max(...labelled.map(({ total }) => total[index] ?? 0));
      return `${wanted / 10_000} ${name} (the most one has is ${most / 10_000})`;
    });
  if (hopeless.length > 0) return `of ${which} none has ${hopeless.join(', ')}`;
  return `of ${which} none has ${demand.shape} together`;
}

/** Why this one node can never run it. */
export function infeasibleOn(demand: Demand, rules: LabelRules, node: Candidate): Decision | undefined {
  if (node.isDraining) return { kind: 'infeasible', reason: `node ${node.name} is draining` };
  if (!matches(rules, node.labels)) {
    return { kind: 'infeasible', reason: `node ${node.name} has not the labels ${unmatched(rules, [node.labels])}` };
  }
  if (fits(demand, node.total)) return undefined;
  return { kind: 'infeasible', reason: `node ${node.name} has too little: ${missing(demand, node.total)} are needed` };
}
