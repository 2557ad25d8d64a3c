import type { CallableOptions, ResourceMap, ResourceShape } from '@aktis/core';
import type { Decision, SpreadCursor, Work } from './candidate.ts';

/** Where some work may go: the nodes of the cluster, or the bundles of a placement group. */
export interface Places {
  /** Others have work there, too: what is known of what is free is always old. */
  readonly sharesNodes: boolean;
  workOf(options: CallableOptions, shape: ResourceShape): Work;
  /** Where the work would start at once. */
  now(work: Work, cursor?: SpreadCursor): Decision;
  /** Where else it would wait for nothing but the work of others. */
  later(work: Work, cursor?: SpreadCursor): Decision;
  /** Where else it could be, whatever is there. */
  ever(work: Work, cursor?: SpreadCursor): Decision;
  /** Work was sent there: the next decision knows. */
  take(nodeId: string, shape: ResourceShape): void;
  /** Work that `take` counted has ended there. */
  give(nodeId: string, shape: ResourceShape): void;
  /** Work that `take` counted came back from there without having started; the node said what it has free. */
  takeBack(nodeId: string, shape: ResourceShape, said: ResourceMap): void;
  /** Whether more may be sent to that node. */
  accepts(nodeId: string): boolean;
  /** Whether what may run on this node may wait here for its turn. */
  mayWaitHere(options: CallableOptions): boolean;
  /** What work with these options needs, and why it has to wait for that. */
  explain(options: CallableOptions, shape: ResourceShape): string;
}
