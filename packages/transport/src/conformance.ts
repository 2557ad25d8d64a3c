export { Op, runConformancePeer } from './conformance/peer.ts';
export { type ConformancePair, linkConformance } from './conformance/suite.ts';
export { everyKindOfValue } from './conformance/values.ts';
