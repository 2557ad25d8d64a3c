export { Cluster, type ClusterOptions } from './cluster.ts';
export type { DrainOptions, TestNode, TestNodeOptions } from './test-node.ts';
