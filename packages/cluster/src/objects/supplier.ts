import type { Peer } from '../peers/peer.ts';

/** A node that has the object, or parts of it. */
export class Supplier {
  readonly peer: Peer;
  /** Null: all ranges. */
  has: Set<number> | null;
  /** Of what it has; '': not known, it will say. */
  making = '';
  /** It was asked what the object looks like. */
  wasAsked = false;
  isStalled = false;
  lastHeard = 0;
  readonly requests = new Map<number, RangeRequest>();

  constructor(peer: Peer, has: Set<number> | null) {
    this.peer = peer;
    this.has = has;
  }
}

/** What it was asked for, and what of that is still to come. */
export interface RangeRequest {
  /** -1: only what the object looks like. */
  readonly range: number;
  at: number;
  to: number;
}

/**
 * Of the ranges that are not asked for yet and that `supplier` has, one that the fewest others have: so nodes that bring the same
 * object fetch different ranges of it first, and have something to give to each other.
 */
export function rarest(
  open: ReadonlySet<number>,
  supplier: Supplier,
  suppliers: readonly Supplier[],
): number | undefined {
  let best: number | undefined;
  let [fewest, ties] = [Number.POSITIVE_INFINITY, 0];
  for (const range of open) {
    if (supplier.has?.has(range) === false) continue;
    let count = 0;
    for (const { has } of suppliers) if (has?.has(range) === true) count++;
    if (count > fewest) continue;
    ties = count < fewest ? 1 : ties + 1;
    if (count < fewest || Math.random() * ties < 1) best = range;
    fewest = count;
  }
  return best;
}
