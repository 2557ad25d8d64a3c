import './index.ts';

export {
  Cluster,
  type ClusterOptions,
  type DrainOptions,
  type TestNode,
  type TestNodeOptions,
} from '@aktis/cluster/testing';
