export { type Amounts, amountsOf } from './amounts.ts';
export { assignBundles, type BundleDecision } from './bundle-assignment.ts';
export type { Candidate, Decision, SpreadCursor, Work } from './candidate.ts';
export { labelRules, matches } from './label-selector.ts';
export { NodeIndex } from './node-index.ts';
export { place } from './placement-policy.ts';
