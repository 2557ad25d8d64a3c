import type { LabelSelector, Labels, NodeAffinityStrategy, NodeLabelStrategy, ResourceShape } from '@aktis/core';
import type { Amounts } from './amounts.ts';

/** A node that work may be placed on, as its placer sees it. */
export interface Candidate {
  readonly nodeId: string;
  readonly name: string;
  readonly total: Amounts;
  readonly available: Amounts;
  readonly labels: Labels;
  /** Gets no work for now, but may again. */
  readonly isSuspect: boolean;
  /** Gets no work any more. */
  readonly isDraining: boolean;
  /** Whether it is the node that decides. */
  readonly isLocal: boolean;
}

/** What is to be placed. Work bound to a placement group is placed by that. */
export interface Work {
  readonly shape: ResourceShape;
  readonly strategy?: 'DEFAULT' | 'SPREAD' | NodeAffinityStrategy | NodeLabelStrategy;
  readonly labelSelector?: LabelSelector;
  /** Where how many bytes of its arguments lie. */
  readonly argumentBytes?: ReadonlyMap<string, number>;
}

/** `busy`: some node could run it, but none has room now. `infeasible`: none ever can; `reason` says why, in words. */
export type Decision =
  | { readonly kind: 'place'; readonly nodeId: string }
  | { readonly kind: 'busy' }
  | { readonly kind: 'infeasible'; readonly reason: string };

/** Where `SPREAD` goes on; kept by the caller, one for each stream of work that is to be spread. */
export interface SpreadCursor {
  next: number;
}

export const BUSY: Decision = { kind: 'busy' };

export function placed(nodeId: string): Decision {
  return { kind: 'place', nodeId };
}
