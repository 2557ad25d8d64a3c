export { type Amounts, amountsOf } from './amounts.ts';
export { assignBundles, type BundleDecision } from './bundle-assignment.ts';
export type { Candidate, Decision, SpreadCursor, Work } from './candidate.ts';
export { NodeIndex } from './node-index.ts';
export { place } from './placement-policy.ts';
export { Placer } from './placer.ts';
export type { Places } from './places.ts';
