import type { LabelRules } from '@aktis/core';
import { bothRules, labelRules, matches } from '@aktis/core/hub';
import { type Amounts, type Demand, demandOf, fits, utilisation } from './amounts.ts';
import { BUSY, type Candidate, type Decision, placed, type SpreadCursor, type Work } from './candidate.ts';
import { infeasible, infeasibleOn } from './infeasible.ts';

/** Arguments of so many bytes draw work to where they lie. */
const LOCALITY_BYTES = 1024 * 1024;

/** How many levels of utilisation are told apart: all below one half are the lowest. */
export const LEVELS = 17;

/**
 * The utilisation of what is demanded, from 0 (less than half in use) to 16: nodes of one level are equally good, so
 * that nodes that decide by slightly different views do not all run to the same one.
 */
export function levelOf(demand: Demand, total: Amounts, available: Amounts): number {
  const used = utilisation(demand, total, available);
  return used < 0.5 ? 0 : Math.min(LEVELS - 1, 1 + Math.floor((used - 0.5) * 2 * (LEVELS - 1)));
}

/** Among so many of the best, of those that have room, one is taken at random. */
export function topCount(ready: number): number {
  return Math.max(1, Math.ceil(ready * 0.2));
}

/** Whether work may be sent there at all. */
export function isEligible(demand: Demand, rules: LabelRules, { isDraining, labels, total }: Candidate): boolean {
  return !isDraining && fits(demand, total) && matches(rules, labels);
}

/** Whether work can be sent there now. */
export function isReady(demand: Demand, rules: LabelRules, candidate: Candidate): boolean {
  return !candidate.isSuspect && fits(demand, candidate.available) && isEligible(demand, rules, candidate);
}

/** What must hold for a node's labels, and what should. */
export function selectionOf({ strategy, labelSelector }: Work): { hard: LabelRules; soft: LabelRules | undefined } {
  const labels = typeof strategy === 'object' && 'labels' in strategy ? strategy.labels : undefined;
  const hard = bothRules(labelRules(labelSelector), labelRules(labels?.hard));
  return { hard, soft: labels?.soft && bothRules(hard, labelRules(labels.soft)) };
}

/**
 * Where work goes, by looking at every node: the rules in their plainest form. `NodeIndex` decides the same without
 * looking at every node.
 *
 * 1. A node that is named: there, or nowhere; `soft`: elsewhere when it is gone, draining, suspect or too small.
 * 2. Labels: only nodes that match; of these those that also match what is only wished for, if any has room.
 * 3. `SPREAD`: in turn.
 * 4. Arguments above 1 MB: where most of their bytes lie.
 * 5. This node, while less than half of what is demanded is in use here.
 * 6. One of the best 20 %, at random: those with the lowest level of utilisation, all of that level count.
 */
export function place(
  candidates: readonly Candidate[],
  work: Work,
  random: () => number,
  cursor: SpreadCursor = { next: 0 },
): Decision {
  const demand = demandOf(work.shape);
  const { hard, soft } = selectionOf(work);
  const named = placeOnNamed(id => candidates.find(({ nodeId }) => nodeId === id), demand, hard, work);
  if (named !== undefined) return named;
  if (soft !== undefined) {
    const wished = candidates.filter(candidate => isReady(demand, soft, candidate));
    if (wished.length > 0) return choose(wished, demand, work, random);
  }
  const ready = candidates.filter(candidate => isReady(demand, hard, candidate));
  if (work.strategy === 'SPREAD' && ready.length > 0) return placed(nextInTurn(candidates, ready, cursor));
  if (ready.length > 0) return choose(ready, demand, work, random);
  return candidates.some(candidate => isEligible(demand, hard, candidate))
    ? BUSY
    : infeasible(demand, hard, candidates);
}

/** For work that names a node; undefined when it names none, or may run elsewhere and should. */
export function placeOnNamed(
  find: (nodeId: string) => Candidate | undefined,
  demand: Demand,
  rules: LabelRules,
  { strategy }: Work,
): Decision | undefined {
  if (typeof strategy !== 'object' || !('nodeId' in strategy)) return undefined;
  const node = find(strategy.nodeId);
  const never =
    node === undefined
      ? ({ kind: 'infeasible', reason: `node ${strategy.nodeId} is no living member of the cluster` } as const)
      : infeasibleOn(demand, rules, node);
  if (strategy.soft === true && (node === undefined || node.isSuspect || never !== undefined)) return undefined;
  if (never !== undefined) return never;
  return node !== undefined && isReady(demand, rules, node) ? placed(node.nodeId) : BUSY;
}

/** The node where most bytes of the arguments lie, if they are worth it and `isReady`. */
export function nearestToArguments(
  argumentBytes: ReadonlyMap<string, number> | undefined,
  ready: (nodeId: string) => boolean,
): string | undefined {
  if (argumentBytes === undefined) return undefined;
  let nearest: string | undefined;
  let most = LOCALITY_BYTES;
  for (const [nodeId, bytes] of argumentBytes) {
    if (bytes <= most || !ready(nodeId)) continue;
    most = bytes;
    nearest = nodeId;
  }
  return nearest;
}

function choose(ready: readonly Candidate[], demand: Demand, work: Work, random: () => number): Decision {
  const nearest = nearestToArguments(work.argumentBytes, id => ready.some(({ nodeId }) => nodeId === id));
  if (nearest !== undefined) return placed(nearest);
  const ranked = ready
    .map(candidate => ({ candidate, level: levelOf(demand, candidate.total, candidate.available) }))
    .sort((a, b) => a.level - b.level);
  const local = ranked.find(({ candidate }) => candidate.isLocal);
  if (local?.level === 0) return placed(local.candidate.nodeId);
  const best = ranked.filter(({ level }) => level === ranked[0]?.level).length;
  const at = Math.floor(random() * Math.max(best, topCount(ranked.length)));
  return placed((ranked[at] as { candidate: Candidate }).candidate.nodeId);
}

function nextInTurn(candidates: readonly Candidate[], ready: readonly Candidate[], cursor: SpreadCursor): string {
  const positions = ready.map(candidate => candidates.indexOf(candidate));
  const at = positions.find(position => position >= cursor.next) ?? (positions[0] as number);
  cursor.next = at + 1;
  return (candidates[at] as Candidate).nodeId;
}
