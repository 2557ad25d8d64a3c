export type { Member } from './member.ts';
export { Membership, type MembershipListener, type MembershipOptions } from './membership.ts';
export { type PeersAnswer, peersAnswer, type StoreView } from './peers-answer.ts';
export { BUSY_DRIVER_MS, defaultTiming, type MembershipTiming } from './timing.ts';
