import type { MembershipTiming } from '../membership/index.ts';
import type { TestNode, TestNodeOptions } from './test-node.ts';

export interface ClusterOptions {
  /** How many nodes, or what each of them is to be. Default 3. */
  readonly nodes?: number | readonly TestNodeOptions[];
  /**
   * The control store: one in this process, or a nats-server, which must be installed. Default `memory`, with `processes`
   * always `nats`.
   */
  readonly store?: 'memory' | 'nats';
  /** Each node is a process of its own, as with `aktis start`; otherwise all share this one. Default false. */
  readonly processes?: boolean;
  /**
   * `namespaces`: each node, which is a process then, and the control server have a network namespace of their own, as if they were
   * machines: real addresses, TLS, and `partition` drops packets. Needs Linux, the rights of root and iproute2. Default
   * `loopback`: all share this machine's.
   */
  readonly network?: 'loopback' | 'namespaces';
  /** Of `random`. Default: by chance. */
  readonly seed?: number;
  /** Of the failure detection, in ms; what is left out is as usual. Nodes that hang are found sooner with less. */
  readonly timing?: Partial<MembershipTiming>;
}

/** Who can be cut off: nodes, in a network of namespaces also the control server and this program. */
export type Side = TestNode | 'server' | 'driver' | readonly (TestNode | 'server' | 'driver')[];

export function usesProcesses({ processes, network }: ClusterOptions): boolean {
  return processes ?? network === 'namespaces';
}

export function sideOf(side: Side): readonly (TestNode | 'server' | 'driver')[] {
  return Array.isArray(side) ? side : [side as TestNode];
}
