import type { ResourceMap } from '@aktis/core';
import type { MembershipTiming } from '../membership/index.ts';
import { Membership, type PeersAnswer, peersAnswer, type StoreView } from '../membership/index.ts';
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
  /** Of pairs of nodes, as `a b`: when their link was opened again; Infinity while it is closed. */
  readonly #linkOpenSince = new Map<string, number>();
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
    this.#linkOpenSince.set(pair(a, b), Number.POSITIVE_INFINITY);
    this.#tellLinkLost(a, b);
    this.#tellLinkLost(b, a);
  }

  openLink(a: SimulatedNode, b: SimulatedNode): void {
    if (this.linkOpenFor(a, b) < 0) this.#linkOpenSince.set(pair(a, b), this.time.now);
  }

  /** For how many milliseconds two nodes have been able to reach each other; negative: they cannot. */
  linkOpenFor(a: SimulatedNode, b: SimulatedNode): number {
    return this.time.now - (this.#linkOpenSince.get(pair(a, b)) ?? Number.NEGATIVE_INFINITY);
  }

  #tellLinkLost(to: SimulatedNode, from: SimulatedNode): void {
    to.process.after(5, () => to.membership.linkLost(from.nodeId, 'connection reset'));
  }

  #askPeers(node: SimulatedNode): Promise<PeersAnswer> {
    const views = new Map<SimulatedNode, StoreView | 'unreachable' | 'gone'>();
    for (const peer of this.nodes) {
      if (peer === node || node.membership.get(peer.nodeId) === undefined) continue;
      const isLinked = this.linkOpenFor(node, peer) >= 0;
      views.set(peer, isLinked && peer.process.state === 'killed' ? 'gone' : 'unreachable');
      if (isLinked) peer.process.after(1, () => views.set(peer, viewOf(peer, node)));
    }
    return new Promise(resolve => node.process.after(500, () => resolve(peersAnswer(views.values()))));
  }
}

function viewOf(peer: SimulatedNode, asker: SimulatedNode): StoreView | 'gone' {
  if (peer.membership.standing() === false) return 'gone';
  return peer.membership.record(asker.nodeId)?.state === 'DEAD' ? 'has it' : peer.membership.storeView;
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
