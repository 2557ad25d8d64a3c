export { Cluster } from './cluster.ts';
export type { ClusterOptions, Side } from './cluster-options.ts';
export { NetworkUnavailableError } from './network/network-error.ts';
export type { DrainOptions, TestNode, TestNodeOptions } from './test-node.ts';
