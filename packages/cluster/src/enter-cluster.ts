import { hostname } from 'node:os';
import { type Node, NodeDiedError } from '@aktis/core';
import type { TcpListener } from '@aktis/transport/tcp';
import type { ClusterNodeOptions } from './cluster-node-options.ts';
import { Membership } from './membership/index.ts';
import type { KnownMembers } from './membership/known-members.ts';
import { askForStoreViews } from './peers/store-views.ts';
import type { NodeRecord } from './records.ts';
import type { Rooms } from './rooms.ts';
import { fingerprintOf } from './session/certificate.ts';
import { version } from './version.ts';

/** Makes a node whose rooms are ready a member of the cluster. */
export function enterCluster(
  rooms: Rooms,
  options: ClusterNodeOptions,
  members: KnownMembers,
  listener: TcpListener,
): Promise<Membership> {
  const { node, peers, questions } = rooms;
  const { store, timing, clock } = options;
  return Membership.join({
    store,
    record: recordOf(node, options, listener),
    load: () => ({ available: node.scheduler.pool.available, waiting: [...node.scheduler.waiting()].length }),
    ...(timing && { timing }),
    ...(clock && { clock }),
    warn: text => node.logs.warn(text),
    askPeers: () => {
      const others = [...members.living()].map(({ record }) => record.nodeId).filter(nodeId => nodeId !== node.id);
      return askForStoreViews(others, node.id, (nodeId, question, value, limit) => {
        const peer = peers.living(nodeId);
        if (peer === undefined) throw new NodeDiedError(`Node ${nodeId} is no member`);
        return questions.ask(peer, question, value, limit);
      });
    },
  });
}

function recordOf(
  node: Node,
  { kind, name, isHead = false, security: { tls } }: ClusterNodeOptions,
  listener: TcpListener,
): NodeRecord {
  const { labels = {} } = node.options;
  return {
    nodeId: node.id,
    name: name ?? labels.name ?? hostname(),
    pid: process.pid,
    host: hostname(),
    address: `${listener.host}:${listener.port}`,
    state: 'ALIVE',
    isHead,
    kind,
    ...(kind === 'driver' && { jobId: node.jobId }),
    total: node.scheduler.pool.total,
    labels,
    startedAt: node.startedAt.toISOString(),
    version,
    ...(tls !== undefined && { fingerprint: fingerprintOf(tls.cert) }),
  };
}
