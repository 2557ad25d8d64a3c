import type { ActorManager } from '@aktis/actors';
import type { Node } from '@aktis/core';
import { buildRooms } from './build-rooms.ts';
import type { ClusterNodeOptions } from './cluster-node-options.ts';
import { depart } from './drain/departure.ts';
import type { DrainRequest } from './drain/drain-request.ts';
import { TAKE_BACK } from './drain/evacuation.ts';
import { enterCluster } from './enter-cluster.ts';
import { followMembers } from './follow-members.ts';
import { acquainted } from './membership/acquaintance.ts';
import type { Membership } from './membership/index.ts';
import { KnownMembers } from './membership/known-members.ts';
import { Links } from './peers/links.ts';
import { declareClusterQuestions } from './questions/cluster-questions.ts';
import { FanOut } from './questions/fan-out.ts';
import { declareNeighbourQuestions } from './questions/neighbour-questions.ts';
import { serveQuestions } from './questions/question-service.ts';
import type { NodeRecord } from './records.ts';
import type { Rooms } from './rooms.ts';

/** A node that is a member of a cluster. */
export class ClusterNode {
  readonly node: Node;
  readonly membership: Membership;
  /** What the others are told when it leaves. */
  farewell: string;
  readonly #manager: ActorManager;
  readonly #fanOut: FanOut;

  private constructor({ node, manager, answers, peers, questions }: Rooms, membership: Membership) {
    this.node = node;
    this.membership = membership;
    this.#manager = manager;
    this.#fanOut = new FanOut({
      local: answers,
      membership,
      peer: nodeId => peers.living(nodeId),
      ask: (...asked) => questions.ask(...asked),
    });
    this.farewell = membership.self.kind === 'driver' ? 'its driver ended' : 'it was stopped';
  }

  /** Makes `node` a member of the cluster whose store this is. The node leaves when it ends. */
  static async join(node: Node, options: ClusterNodeOptions): Promise<ClusterNode> {
    const { store, security, kind, host = '127.0.0.1', wire } = options;
    const members = new KnownMembers();
    const links = new Links(node.id, security, members, wire, kind === 'driver');
    const rooms = buildRooms(node, options, members, links);
    const { manager, peers, answers } = rooms;
    manager.registry.elsewhere = rooms.remoteActors;
    const listener = await links.listen(host, peers);
    // The queues that exist hold what was submitted before; they are offered when the first node is known.
    node.elsewhere = rooms.remoteTasks;
    node.placementGroups.elsewhere = rooms.groups;
    const membership = await enterCluster(rooms, options, members, listener).catch(async error => {
      await listener.close();
      throw error;
    });
    members.membership = membership;
    node.state.peers = () => peers.all();
    declareNeighbourQuestions(rooms, membership);
    followMembers(rooms, membership);
    const clusterNode = new ClusterNode(rooms, membership);
    node.onEnd(async () => {
      // What this node still has to say (that actors end, that tasks are cancelled) goes out first.
      await new Promise(resolve => setImmediate(resolve));
      await membership.leave(clusterNode.farewell);
      peers.close('the node has left the cluster');
      await listener.close();
    });
    await acquainted(membership);
    declareClusterQuestions(answers, { node, store, membership, fanOut: clusterNode.#fanOut });
    if (kind === 'node') node.onEnd(serveQuestions(store, node));
    return clusterNode;
  }

  get record(): NodeRecord {
    return this.membership.self;
  }

  /**
   * Lets the node leave in good order: from now on it gets no new work, and its actors that may restart move elsewhere.
   * `gone` resolves when nothing is left here, or at the deadline with the names of what still is; the node is still a
   * member then, and is to be ended.
   */
  async drain({ reason, deadline }: DrainRequest): Promise<{ readonly gone: Promise<string[]> }> {
    const endsAt = performance.now() + deadline;
    const until = new Date(Date.now() + deadline).toISOString();
    await this.membership.setDraining({ reason, deadline: until });
    const { nodeId } = this.record;
    const neighbours = {
      takeBack: async () => {
        await this.#fanOut.askAll(TAKE_BACK, nodeId, Math.max(1, endsAt - performance.now()));
      },
    };
    return { gone: depart(this.node, this.#manager, neighbours, endsAt) };
  }
}
