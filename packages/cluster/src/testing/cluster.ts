import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  AktisError,
  currentWorker,
  executions,
  type InitOptions,
  InvalidOptionError,
  init,
  isInitialized,
  neverWhileLoading,
  nodes,
  type Session,
} from '@aktis/core';
import { findAccess } from '../cluster-access.ts';
import { clustersHere } from '../clusters-here.ts';
import { CodeCache } from '../code/index.ts';
import { connect } from '../connector.ts';
import type { ControlStore } from '../control-store.ts';
import type { MembershipTiming } from '../membership/index.ts';
import { newToken } from '../session/sessions.ts';
import { seededRandom } from '../simulation/random.ts';
import { type ClusterOptions, type Side, sideOf, usesProcesses } from './cluster-options.ts';
import { InnerNode, joinFromInside, type Surroundings } from './inner-node.ts';
import { keepAwake } from './keep-awake.ts';
import { NetworkedServer } from './network/networked-server.ts';
import { type TestHost, TestNetwork } from './network/test-network.ts';
import { NodeWatch } from './node-watch.ts';
import { OuterNode } from './outer-node.ts';
import { ProcessGuard } from './process-guard.ts';
import type { TestNode, TestNodeOptions } from './test-node.ts';
import { TestStore } from './test-store.ts';
import { TestWire } from './test-wire.ts';

/** A session whose connection to the control store has just been lost hears of a new node this much later. */
const HEARD_OF_MS = 10_000;

const MAX_LATENCY_MS = 60_000;

/** Where the parts of a cluster are that is not inside of this process. */
interface OuterSurroundings {
  readonly home: string;
  readonly guard: ProcessGuard;
  readonly network: TestNetwork | undefined;
}

/**
 * A cluster for tests: several nodes in this process or in processes of their own, which can be killed, frozen and cut off,
 * like the server of the control store. All of it ends with the cluster, and with this process, however that ends.
 *
 * @example
 * await using cluster = await Cluster.start({ nodes: 3 });
 * await cluster.connect(); // this program is a driver of the cluster from here on
 * const result = double.remote(21);
 * await cluster.nodes[0].kill();
 * console.log(await get(result)); // 42
 */
export class Cluster {
  /** Those that have not been killed or stopped, in the order in which they were started. */
  get nodes(): readonly TestNode[] {
    return [...this.#inner, ...this.#outer].filter(({ state }) => state !== 'ended');
  }
  /** For `init({ address, token })`. Nodes inside of this process on a store in memory are for this process only. */
  readonly address: string;
  readonly token: string;
  /** The certificate that programs elsewhere need with it, `AKTIS_CA_FILE`; undefined: nothing is encrypted. */
  readonly caFile: string | undefined;
  readonly seed: number;
  /** Numbers from 0 to 1, the same for the same seed. */
  readonly random: () => number;
  readonly #store: TestStore;
  readonly #client: ControlStore;
  readonly #watch: NodeWatch;
  readonly #place: OuterSurroundings | undefined;
  readonly #timing: Partial<MembershipTiming>;
  readonly #usesProcesses: boolean;
  readonly #inner: InnerNode[] = [];
  readonly #outer: OuterNode[] = [];
  readonly #around: Surroundings;
  readonly #driverWire = new TestWire();
  #session: Session | undefined;
  #count = 0;
  #ending: Promise<void> | undefined;

  private constructor(
    { seed = Math.floor(Math.random() * 2 ** 32), timing = {}, processes, network }: ClusterOptions,
    store: TestStore,
    client: ControlStore,
    watch: NodeWatch,
    place: OuterSurroundings | undefined,
  ) {
    this.#store = store;
    this.#client = client;
    this.#watch = watch;
    this.#place = place;
    this.#timing = timing;
    this.#usesProcesses = usesProcesses({ processes, network });
    this.address = store.address;
    this.token = store.token;
    this.caFile = store.caFile;
    this.seed = seed;
    this.random = seededRandom(seed);
    const cache = place && new CodeCache(join(place.home, 'cache', 'code'), client.blobs);
    this.#around = {
      connect: name => store.connect(name),
      token: store.token,
      timing,
      programs: cache && { own: undefined, file: hash => cache.file(hash) },
      address: store.address,
      lost: nodeId => {
        this.#driverWire.lose(nodeId);
        for (const { wire } of this.#inner) wire.lose(nodeId);
      },
    };
    const wire = this.#driverWire;
    clustersHere.set(store.address, node =>
      this.#usesProcesses
        ? connect(node, findAccess({ address: store.address, token: store.token, caFile: store.caFile }), {
            timing,
            wire,
          })
        : joinFromInside(node, this.#around, wire),
    );
  }

  /**
   * Resolves when all its nodes are members. In a worker, which loads the script for what it defines, it never returns, like
   * `init`.
   *
   * @throws NatsServerError when no nats-server is installed and one is needed.
   * @throws NetworkUnavailableError when this machine allows no `network: 'namespaces'`; the message says what is missing.
   */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    if (currentWorker() !== undefined) {
      if (executions.getStore() === undefined) return neverWhileLoading();
      throw new AktisError('A task cannot start a test cluster: it runs in a session already');
    }
    const processes = usesProcesses(options);
    const { nodes: count = 3, store: kind = processes ? 'nats' : 'memory' } = options;
    if (options.processes === false && options.network === 'namespaces')
      throw new InvalidOptionError('Nodes in network namespaces are processes: leave out processes, or set it to true');
    if (processes && kind === 'memory')
      throw new InvalidOptionError("Processes share no memory: leave out store, or set it to 'nats'");
    const wanted: readonly TestNodeOptions[] = typeof count === 'number' ? Array(count).fill({}) : count;
    return keepAwake(async () => {
      const cluster = await Cluster.#begin(options, kind);
      const starting = await Promise.allSettled(wanted.map(each => cluster.#startNode(each)));
      for (const each of starting) if (each.status === 'fulfilled') cluster.#add(each.value);
      for (const each of starting) {
        if (each.status === 'fulfilled') continue;
        await cluster.end();
        throw each.reason;
      }
      return cluster;
    });
  }

  static async #begin(options: ClusterOptions, kind: 'memory' | 'nats'): Promise<Cluster> {
    const token = newToken();
    if (kind === 'memory') {
      const store = TestStore.inMemory(token);
      const client = await store.connect('test');
      return new Cluster(options, store, client, await NodeWatch.start(client), undefined);
    }
    const home = mkdtempSync(join(tmpdir(), 'aktis-test-'));
    const guard = new ProcessGuard(home);
    let network: TestNetwork | undefined;
    let store: TestStore | undefined;
    try {
      if (options.network === 'namespaces') {
        network = await TestNetwork.open(guard);
        store = await NetworkedServer.on(await network.addHost('server'), token, home, guard);
      } else store = await TestStore.onServer(token, home, guard);
      const client = await store.connect('test');
      return new Cluster(options, store, client, await NodeWatch.start(client), { home, guard, network });
    } catch (error) {
      await store?.end();
      await network?.close();
      await guard.end();
      throw error;
    }
  }

  /** Starts one more. Resolves when it is a member, and the session of `connect` has heard of it. */
  addNode(options: TestNodeOptions = {}): Promise<TestNode> {
    return keepAwake(async () => {
      const node = this.#add(await this.#startNode(options));
      await this.#heardOf(node);
      return node;
    });
  }

  async #heardOf(node: TestNode): Promise<void> {
    const giveUpAt = performance.now() + HEARD_OF_MS;
    while (this.#session !== undefined && isInitialized() && performance.now() < giveUpAt) {
      if ((await nodes()).some(({ nodeId }) => nodeId === node.id)) return;
      await setTimeout(5);
    }
  }

  #add(node: InnerNode | OuterNode): TestNode {
    if (node instanceof InnerNode) this.#inner.push(node);
    else this.#outer.push(node);
    return node;
  }

  async #startNode(options: TestNodeOptions): Promise<InnerNode | OuterNode> {
    const name = options.name ?? `node-${this.#count++}`;
    const { numCpus = 2, memory = 2 ** 30, objectStoreMemory, numGpus, resources, labels } = options;
    if (this.#place === undefined || !this.#usesProcesses) return InnerNode.start(name, options, this.#around);
    const { home, guard, network } = this.#place;
    const host = await network?.addHost(name);
    const { ca } = this.#store;
    const settings = {
      isHead: false,
      address: this.address,
      token: this.token,
      ...(ca !== undefined && { ca }),
      host: host?.address ?? '127.0.0.1',
      numCpus,
      memory,
      ...(numGpus !== undefined && { numGpus }),
      ...(objectStoreMemory !== undefined && { objectStoreMemory }),
      ...(resources && { resources }),
      ...(labels && { labels }),
    };
    const place = { home, guard, store: this.#client, host };
    return OuterNode.start(name, settings, { timing: this.#timing }, place);
  }

  /** The node that is called so, or has that id. @throws AktisError when none is. */
  node(nameOrId: string): TestNode {
    const found = this.nodes.find(({ name, id }) => name === nameOrId || id === nameOrId);
    if (found !== undefined) return found;
    throw new AktisError(
      `No node ${nameOrId} runs in the cluster; there are ${this.nodes.map(({ name }) => name).join(', ')}`,
    );
  }

  /** `init` of this program with this cluster; `end` ends the session, too. */
  async connect(options: Omit<InitOptions, 'address' | 'token'> = {}): Promise<Session> {
    this.#session = await init({ ...options, address: this.address, token: this.token });
    return this.#session;
  }

  /** Resolves, with the reason, when the cluster has declared dead the node that has this id. */
  async declaredDead(nodeId: string): Promise<string> {
    const { deathReason = '' } = await keepAwake(() => this.#watch.until(nodeId, ({ state }) => state === 'DEAD'));
    return deathReason;
  }

  /** The server of the control store dies, and stays away: `kill -9`. A store in memory cannot be reached. */
  killServer(): Promise<void> {
    return keepAwake(() => this.#store.kill());
  }

  /** Resolves when it runs again, with all it knew. */
  restartServer(): Promise<void> {
    return keepAwake(() => this.#store.restart());
  }

  /**
   * Links between the one side and the other break, and none can be made until `heal`. All still reach the control store. In a network
   * of namespaces nobody is told: packets vanish, those to and from the control server (`'server'`) and this program
   * (`'driver'`) too, if they stand on a side. Resolves when it is so.
   *
   * @example
   * await cluster.partition(node, ['server', 'driver', ...cluster.nodes.filter(other => other !== node)]); // from all
   */
  async partition(a: Side, b: Side): Promise<void> {
    const network = this.#place?.network;
    if (network !== undefined) return keepAwake(() => network.cut(this.#hostPairs(network, a, b)));
    for (const one of sideOf(a)) {
      for (const other of sideOf(b)) {
        if (typeof one === 'string' || typeof other === 'string') {
          throw new InvalidOptionError("Only nodes can be cut off, except with network: 'namespaces'");
        }
        cut(one, other.id);
        cut(other, one.id);
      }
    }
  }

  /** Ends all partitions. Resolves when it is so. */
  async heal(): Promise<void> {
    for (const { wire } of this.#inner) wire.heal();
    for (const node of this.#outer) node.heal();
    await keepAwake(async () => this.#place?.network?.heal());
  }

  /**
   * What the one side sends to the other takes `milliseconds`, and so does what comes back, until something else is said. Only
   * with `network: 'namespaces'`.
   */
  async latency(a: Side, b: Side, milliseconds: number): Promise<void> {
    const network = this.#place?.network;
    if (network === undefined) throw new InvalidOptionError("latency needs a cluster with network: 'namespaces'");
    if (!(milliseconds >= 0 && milliseconds <= MAX_LATENCY_MS)) {
      throw new InvalidOptionError(`latency takes 0 to ${MAX_LATENCY_MS} ms, not ${milliseconds}`);
    }
    await keepAwake(() => network.delay(this.#hostPairs(network, a, b), milliseconds));
  }

  #hostPairs(network: TestNetwork, a: Side, b: Side): [TestHost, TestHost][] {
    const hostOf = (end: TestNode | 'server' | 'driver') => {
      if (end === 'driver') return network.driver;
      if (end === 'server') return (this.#store as NetworkedServer).host;
      return (end as OuterNode).host as TestHost;
    };
    return sideOf(a).flatMap(one => sideOf(b).map((other): [TestHost, TestHost] => [hostOf(one), hostOf(other)]));
  }

  /** Ends the session of `connect`, all nodes and the server. Idempotent. */
  end(): Promise<void> {
    this.#ending ??= keepAwake(() => this.#end());
    return this.#ending;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  async #end(): Promise<void> {
    // Who says goodbye need not wait for a store that is away.
    await this.#store.restart();
    await this.heal().catch(() => {});
    await this.#session?.[Symbol.asyncDispose]();
    await Promise.all(this.nodes.map(node => node.stop()));
    clustersHere.delete(this.address);
    await this.#client.close();
    await this.#store.end();
    await this.#place?.network?.close();
    await this.#place?.guard.end();
  }
}

function cut(node: TestNode, from: string): void {
  if (node instanceof InnerNode) node.wire.cut(from);
  else if (node instanceof OuterNode) node.cut(from);
}
