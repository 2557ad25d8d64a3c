import './index.ts';

export { Cluster, type ClusterOptions, type TestNode, type TestNodeOptions } from '@aktis/cluster/testing';
