export { type Clock, systemClock } from './clock.ts';
export type { Member } from './member.ts';
export { Membership, type MembershipListener, type MembershipOptions } from './membership.ts';
export type { PeersAnswer } from './store-contact.ts';
export { defaultTiming, type MembershipTiming } from './timing.ts';
export { VersionMismatchError } from './version-check.ts';
