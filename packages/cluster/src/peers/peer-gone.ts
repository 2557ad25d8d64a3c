import { setTimeout } from 'node:timers';
import { endJobsOf } from '../jobs/jobs-of-peers.ts';
import type { KnownMembers } from '../membership/known-members.ts';
import { offerWaiting } from '../offer-waiting.ts';
import type { Rooms } from '../rooms.ts';
import type { Peer } from './peer.ts';
import { ONLY_A_LINK_MS } from './peers.ts';

/**
 * The link to a node is gone, and with it all that was under way on it: what was hosted for it ends, what it hosted for this
 * one runs again or is reported, its actors come back elsewhere. In this order: nothing more may go there before the work
 * that comes back is offered to others.
 */
export function peerGone(rooms: Rooms, members: KnownMembers, peer: Peer, reason: string): void {
  const { node, manager, placer, questions, borrowing, outcomes, transfers, groups } = rooms;
  const { remoteTasks, hostedTasks, remoteActors, hostedActors } = rooms;
  const { nodeId } = peer;
  placer.gone(nodeId);
  transfers.forget(peer);
  questions.forget(peer, reason);
  hostedTasks.ownerDied(peer);
  hostedActors.ownerDied(peer);
  remoteActors.nodeGone(peer);
  groups.linkLost(peer);
  outcomes.drop(peer);
  borrowing.ownerDied(peer);
  endJobsOf(node, manager, nodeId);
  remoteTasks.nodeDied(peer, `is gone: ${reason}`, members.hasDrained(nodeId));
  outcomes.away.forget(nodeId);
  remoteActors.rehome(peer, `node ${nodeId}, which is gone: ${reason}`);
  remoteTasks.roomChanged();
  setTimeout(() => onlyALink(rooms, members, nodeId), ONLY_A_LINK_MS).unref();
}

/** Nothing was sent to that node since its link broke; if it lives, work may go there again. */
function onlyALink(rooms: Rooms, members: KnownMembers, nodeId: string): void {
  const member = members.get(nodeId);
  if (member === undefined || rooms.node.isEnding) return;
  rooms.placer.told(member);
  rooms.groups.memberChanged(nodeId);
  offerWaiting(rooms);
}
