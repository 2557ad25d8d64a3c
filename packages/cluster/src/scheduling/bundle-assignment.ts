import type { PlacementStrategy } from '@aktis/core';
import { ResourceShape } from '@aktis/core/hub';
import { type Amounts, add, type Demand, demandOf, fits, missing, sumOf, utilisation } from './amounts.ts';
import type { Candidate } from './candidate.ts';

/** `nodeIds`: for each bundle the node it is to be reserved on. */
export type BundleDecision =
  | { readonly kind: 'assign'; readonly nodeIds: readonly string[] }
  | { readonly kind: 'busy' }
  | { readonly kind: 'infeasible'; readonly reason: string };

/** Of a demand for nothing, the utilisation of all resources counts. */
const EVERYTHING = demandOf(ResourceShape.NONE);

/** After so many steps the search for an assignment gives up: the group waits then, as if there were no room. */
const MAX_STEPS = 20_000;

/**
 * Lays the bundles of a placement group over nodes.
 *
 * - `STRICT_PACK`: all on one node
 * - `PACK`: on as few nodes as is quickly found
 * - `STRICT_SPREAD`: each on a node of its own
 * - `SPREAD`: on as many nodes as is quickly found
 */
export function assignBundles(
  bundles: readonly ResourceShape[],
  strategy: PlacementStrategy,
  candidates: readonly Candidate[],
): BundleDecision {
  const accepting = candidates.filter(({ isDraining }) => !isDraining);
  const ready = accepting.filter(({ isSuspect }) => !isSuspect);
  const now = assign(bundles, strategy, ready, ({ available }) => available);
  if (now !== undefined) return { kind: 'assign', nodeIds: now.map(node => node.nodeId) };
  const ever = assign(bundles, strategy, accepting, ({ total }) => total);
  return ever === undefined ? { kind: 'infeasible', reason: whyNever(bundles, strategy, accepting) } : { kind: 'busy' };
}

/** One node, and what is left of it while bundles are laid on it. */
interface Bin {
  readonly node: Candidate;
  readonly left: Amounts;
  bundles: number;
}

type Preference = (a: Bin, b: Bin, demand: Demand) => number;

function assign(
  bundles: readonly ResourceShape[],
  strategy: PlacementStrategy,
  nodes: readonly Candidate[],
  room: (node: Candidate) => Amounts,
): Candidate[] | undefined {
  const bins = nodes.map(node => ({ node, left: [...room(node)], bundles: 0 }));
  if (strategy === 'STRICT_PACK') {
    const all = sumOf(bundles);
    const fitting = bins.filter(({ left }) => fits(all, left)).sort((a, b) => fullness(b, all) - fullness(a, all));
    return fitting[0] && bundles.map(() => (fitting[0] as Bin).node);
  }
  if (strategy === 'STRICT_SPREAD') {
    bins.sort((a, b) => fullness(a, EVERYTHING) - fullness(b, EVERYTHING));
    return match(bundles.map(demandOf), bins);
  }
  if (strategy === 'PACK') {
    const onOne = assign(bundles, 'STRICT_PACK', nodes, room);
    if (onOne !== undefined) return onOne;
  }
  return lay(bundles.map(demandOf), bins, strategy === 'PACK' ? fullestFirst : emptiestFirst);
}

/** Nodes that have bundles already, then those that will be full. */
const fullestFirst: Preference = (a, b, demand) =>
  Number(b.bundles > 0) - Number(a.bundles > 0) || fullness(b, demand) - fullness(a, demand);

/** Nodes with the fewest bundles, then those with most room. */
const emptiestFirst: Preference = (a, b, demand) => a.bundles - b.bundles || fullness(a, demand) - fullness(b, demand);

function fullness({ node, left }: Bin, demand: Demand): number {
  return utilisation(demand, node.total, left);
}

/**
 * Lays the largest bundle first, each on the node that is preferred; when a later one finds no room, goes back and tries
 * the next best. Without going back (the common case) that takes one look at every node for each bundle.
 */
function lay(demands: readonly Demand[], bins: readonly Bin[], preference: Preference): Candidate[] | undefined {
  const order = [...demands.keys()].sort((a, b) => size(demands[b] as Demand) - size(demands[a] as Demand));
  const chosen: Bin[] = [];
  let steps = 0;
  const layFrom = (position: number): boolean => {
    const bundle = order[position];
    if (bundle === undefined) return true;
    const demand = demands[bundle] as Demand;
    const fitting = bins.filter(({ left }) => fits(demand, left)).sort((a, b) => preference(a, b, demand));
    for (const bin of fitting) {
      if (++steps > MAX_STEPS) return false;
      add(demand, bin.left, -1);
      bin.bundles++;
      chosen[bundle] = bin;
      if (layFrom(position + 1)) return true;
      add(demand, bin.left, 1);
      bin.bundles--;
    }
    return false;
  };
  return layFrom(0) ? chosen.map(({ node }) => node) : undefined;
}

/** How much is asked for, by the resource of which it is most. */
function size({ amounts }: Demand): number {
  return Math.max(0, ...amounts);
}

/** A different node for each bundle, found whenever there is one: bundles that sit on a wanted node may have to move. */
function match(demands: readonly Demand[], bins: readonly Bin[]): Candidate[] | undefined {
  const bundleOn = new Map<Bin, number>();
  const settle = (bundle: number, tried: Set<Bin>): boolean => {
    for (const bin of bins) {
      if (tried.has(bin) || !fits(demands[bundle] as Demand, bin.left)) continue;
      tried.add(bin);
      const sitting = bundleOn.get(bin);
      if (sitting !== undefined && !settle(sitting, tried)) continue;
      bundleOn.set(bin, bundle);
      return true;
    }
    return false;
  };
  for (const bundle of demands.keys()) if (!settle(bundle, new Set())) return undefined;
  const nodes: Candidate[] = [];
  for (const [bin, bundle] of bundleOn) nodes[bundle] = bin.node;
  return nodes;
}

function whyNever(bundles: readonly ResourceShape[], strategy: PlacementStrategy, nodes: readonly Candidate[]): string {
  if (strategy === 'STRICT_SPREAD' && bundles.length > nodes.length) {
    return `STRICT_SPREAD wants ${bundles.length} different nodes, and there are ${nodes.length}`;
  }
  const demands = strategy === 'STRICT_PACK' ? [sumOf(bundles)] : bundles.map(demandOf);
  for (const demand of demands) {
    if (nodes.some(({ total }) => fits(demand, total))) continue;
    const what = strategy === 'STRICT_PACK' ? 'all bundles together need' : 'a bundle needs';
    const [largest] = [...nodes].sort((a, b) => missing(demand, a.total).length - missing(demand, b.total).length);
    const lacks =
      largest === undefined ? 'there are no nodes' : `${largest.name} lacks ${missing(demand, largest.total)}`;
    return `${what} ${demand.shape}, and no node has that: ${lacks}`;
  }
  return `the ${nodes.length} nodes together have too little for ${bundles.length} bundles under ${strategy}`;
}
