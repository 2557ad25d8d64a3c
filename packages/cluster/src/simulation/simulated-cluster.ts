import type { ResourceMap } from '@aktis/core';
import type { MembershipTiming } from '../membership/index.ts';
import { Membership, type PeersAnswer } from '../membership/index.ts';
import type { NodeRecord } from '../records.ts';
import { seededRandom } from './random.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { type SimulatedStore, SimulatedStoreServer } from './simulated-store.ts';
import { VirtualTime } from './virtual-time.ts';

export interface SimulatedNode {
  readonly nodeId: string;
  readonly process: SimulatedProcess;
  readonly store: SimulatedStore;
  readonly membership: Membership;
  readonly load: { available: ResourceMap; waiting: number };
  /** Why it was fenced, once it was. */
  fenced: string | undefined;
}

/** A cluster of real memberships on simulated processes, a simulated store, and links between all nodes. */
export class SimulatedCluster {
  readonly time = new VirtualTime();
  readonly random: () => number;
  readonly server: SimulatedStoreServer;
  readonly nodes: SimulatedNode[] = [];
  readonly #timing: Partial<MembershipTiming>;
  /** Pairs of nodes that cannot reach each other directly, as `a b`. */
  readonly #closedLinks = new Set<string>();
  #started = 0;

  constructor(seed: number, timing: Partial<MembershipTiming> = {}) {
    this.random = seededRandom(seed);
    this.server = new SimulatedStoreServer(this.time, this.random);
    this.#timing = timing;
  }

  /** Starts a node; it has joined when this resolves. */
  async start(overrides: Partial<NodeRecord> = {}): Promise<SimulatedNode> {
    const process = new SimulatedProcess(this.time, this.random);
    const store = this.server.connect(process);
    const number = ++this.#started;
    // Not in the order of their names, as in life.
    const nodeId = `${Math.floor(this.random() * 2 ** 32).toString(16)}-${number}`;
    const load = { available: overrides.total ?? { CPU: 4 }, waiting: 0 };
    const record = { ...recordOf(nodeId, `node-${number}`), ...overrides };
    const askPeers = (): Promise<PeersAnswer> => this.#askPeers(node);
    const joining = Membership.join({
      store,
      record,
      load: () => load,
      timing: this.#timing,
      clock: process,
      askPeers,
    });
    let isJoined = false;
    joining.then(
      () => (isJoined = true),
      () => (isJoined = true),
    );
    while (!isJoined) await this.time.pass(1);
    const node: SimulatedNode = { nodeId, process, store, membership: await joining, load, fenced: undefined };
    node.membership.on({ fenced: reason => (node.fenced = reason) });
    this.nodes.push(node);
    return node;
  }

  /** The process dies; who has a link to it notices that it closed. */
  kill(node: SimulatedNode, linkedWith: Iterable<SimulatedNode> = this.nodes): void {
    node.process.kill();
    node.store.killed();
    for (const peer of linkedWith) if (peer !== node) this.#tellLinkLost(peer, node);
  }

  /** The link between two nodes closes; neither of them need be dead. */
  closeLink(a: SimulatedNode, b: SimulatedNode): void {
    this.#closedLinks.add(pair(a, b));
    this.#tellLinkLost(a, b);
    this.#tellLinkLost(b, a);
  }

  openLink(a: SimulatedNode, b: SimulatedNode): void {
    this.#closedLinks.delete(pair(a, b));
  }

  #tellLinkLost(to: SimulatedNode, from: SimulatedNode): void {
    to.process.after(5, () => to.membership.linkLost(from.nodeId, 'connection reset'));
  }

  /** Over the links that are open, from those that still take `node` for a member. */
  #askPeers(node: SimulatedNode): Promise<PeersAnswer> {
    return new Promise(resolve => {
      let best: PeersAnswer = 'no peer answers';
      for (const peer of this.nodes) {
        if (peer === node || this.#closedLinks.has(pair(peer, node))) continue;
        peer.process.after(1, () => {
          const { membership } = peer;
          if (membership.standing() !== true || membership.get(node.nodeId) === undefined) return;
          if (membership.hasStore) best = 'peers have the store';
          else if (best === 'no peer answers') best = 'nobody has it';
        });
      }
      node.process.after(500, () => resolve(best));
    });
  }
}

function recordOf(nodeId: string, name: string): NodeRecord {
  return {
    nodeId,
    name,
    pid: 1,
    host: 'localhost',
    address: '',
    state: 'ALIVE',
    isHead: false,
    kind: 'node',
    total: { CPU: 4 },
    labels: {},
    startedAt: '2026-01-01T00:00:00.000Z',
    version: '0.1.0',
  };
}

function pair(a: SimulatedNode, b: SimulatedNode): string {
  return a.nodeId < b.nodeId ? `${a.nodeId} ${b.nodeId}` : `${b.nodeId} ${a.nodeId}`;
}
