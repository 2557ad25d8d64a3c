import type { CloseReason } from '@aktis/transport';
import type { NodeRecord } from '../records.ts';
import type { Member } from './member.ts';
import type { Membership } from './membership.ts';

/** The members as the rooms of a node see them, which are built before it is one itself: until then there are none. */
export class KnownMembers {
  membership: Membership | undefined;

  /** A living one. */
  get(nodeId: string): Member | undefined {
    return this.membership?.get(nodeId);
  }

  lives(nodeId: string): boolean {
    return this.get(nodeId) !== undefined;
  }

  *living(): Generator<Member, void> {
    if (this.membership !== undefined) yield* this.membership.living();
  }

  /** Living or dead. */
  record(nodeId: string): NodeRecord | undefined {
    return this.membership?.record(nodeId);
  }

  /** Whether a node, perhaps one that is gone, was told to leave in good order. */
  hasDrained(nodeId: string): boolean {
    return this.record(nodeId)?.drain !== undefined;
  }

  /** Whether this node is a member of the cluster; a promise while that is in doubt. */
  standing(): boolean | Promise<boolean> {
    return this.membership?.standing() ?? true;
  }

  linkLost(nodeId: string, { message, expected }: CloseReason): void {
    if (!expected) this.membership?.linkLost(nodeId, message);
  }
}
