export { Cluster, type ClusterOptions, type Side } from './cluster.ts';
export { NetworkUnavailableError } from './network/network-error.ts';
export type { DrainOptions, TestNode, TestNodeOptions } from './test-node.ts';
