import './index.ts';

export {
  Cluster,
  type ClusterOptions,
  type DrainOptions,
  NetworkUnavailableError,
  type Side,
  type TestNode,
  type TestNodeOptions,
} from '@aktis/cluster/testing';
