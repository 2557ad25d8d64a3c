import type { TcpSecurity } from '@aktis/transport/tcp';
import type { Clock } from './clock.ts';
import type { ControlStore } from './control-store.ts';
import type { Programs } from './jobs/jobs-of-peers.ts';
import type { MembershipTiming } from './membership/index.ts';
import type { Wire } from './wire.ts';

/** What makes a node a member of a cluster: which one, and as what. */
export interface ClusterNodeOptions {
  readonly store: ControlStore;
  readonly security: TcpSecurity;
  readonly kind: 'node' | 'driver';
  /** Listen address of links. Default 127.0.0.1. */
  readonly host?: string;
  readonly name?: string;
  readonly isHead?: boolean;
  readonly programs?: Programs;
  readonly timing?: Partial<MembershipTiming>;
  /** For tests, like `wire`: time as this node sees it. */
  readonly clock?: Clock;
  readonly wire?: Wire;
}
