export { Cluster, type ClusterOptions } from './cluster.ts';
export type { TestNode, TestNodeOptions } from './test-node.ts';
