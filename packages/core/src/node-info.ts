import { hostname } from 'node:os';
import type { Node } from './node.ts';
import type { NodeInfo } from './types.ts';

/** What a node says about itself. */
export function nodeInfo(node: Node): NodeInfo {
  return {
    nodeId: node.id,
    name: node.options.labels?.name ?? hostname(),
    pid: process.pid,
    host: hostname(),
    address: 'local',
    state: 'ALIVE',
    isHead: true,
    kind: 'node',
    resources: { total: node.scheduler.pool.total, available: node.scheduler.pool.available },
    labels: node.options.labels ?? {},
    startedAt: node.startedAt.toISOString(),
  };
}
