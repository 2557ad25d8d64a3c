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
import { InnerNode, joinFromInside, type Surroundings } from './inner-node.ts';
import { keepAwake } from './keep-awake.ts';
import { NodeWatch } from './node-watch.ts';
import { OuterNode } from './outer-node.ts';
import { ProcessGuard } from './process-guard.ts';
import type { TestNode, TestNodeOptions } from './test-node.ts';
import { TestStore } from './test-store.ts';
import { TestWire } from './test-wire.ts';

/** A session whose connection to the control store has just been lost hears of a new node this much later. */
const HEARD_OF_MS = 10_000;

export interface ClusterOptions {
  /** How many nodes, or what each of them is to be. Default 3. */
  readonly nodes?: number | readonly TestNodeOptions[];
  /**
   * The control store: one in this process, or a nats-server, which must be installed. Default `memory`, with `processes`
   * always `nats`.
   */
  readonly store?: 'memory' | 'nats';
  /** Each node is a process of its own, as with `aktis start`; otherwise all share this one. Default false. */
  readonly processes?: boolean;
  /** Of `random`. Default: by chance. */
  readonly seed?: number;
  /** Of the failure detection, in ms; what is left out is as usual. Nodes that hang are found sooner with less. */
  readonly timing?: Partial<MembershipTiming>;
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
  readonly seed: number;
  /** Numbers from 0 to 1, the same for the same seed. */
  readonly random: () => number;
  readonly #store: TestStore;
  readonly #client: ControlStore;
  readonly #watch: NodeWatch;
  readonly #guard: ProcessGuard | undefined;
  readonly #home: string | undefined;
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
    { seed = Math.floor(Math.random() * 2 ** 32), timing = {}, processes = false }: ClusterOptions,
    store: TestStore,
    client: ControlStore,
    watch: NodeWatch,
    place: { readonly home: string; readonly guard: ProcessGuard } | undefined,
  ) {
    this.#store = store;
    this.#client = client;
    this.#watch = watch;
    this.#home = place?.home;
    this.#guard = place?.guard;
    this.#timing = timing;
    this.#usesProcesses = processes;
    this.address = store.address;
    this.token = store.token;
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
      processes
        ? connect(node, findAccess({ address: store.address, token: store.token }), { timing, wire })
        : joinFromInside(node, this.#around, wire),
    );
  }

  /**
   * Resolves when all its nodes are members. In a worker, which loads the script for what it defines, it never returns, like
   * `init`.
   *
   * @throws NatsServerError when no nats-server is installed and one is needed.
   */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    if (currentWorker() !== undefined) {
      if (executions.getStore() === undefined) return neverWhileLoading();
      throw new AktisError('A task cannot start a test cluster: it runs in a session already');
    }
    const { nodes: count = 3, processes = false, store: kind = processes ? 'nats' : 'memory' } = options;
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
    let store: TestStore | undefined;
    try {
      store = await TestStore.onServer(token, home, guard);
      const client = await store.connect('test');
      return new Cluster(options, store, client, await NodeWatch.start(client), { home, guard });
    } catch (error) {
      await store?.end();
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
    if (this.#guard === undefined || this.#home === undefined || !this.#usesProcesses) {
      return InnerNode.start(name, options, this.#around);
    }
    const settings = {
      isHead: false,
      address: this.address,
      token: this.token,
      host: '127.0.0.1',
      numCpus,
      memory,
      ...(numGpus !== undefined && { numGpus }),
      ...(objectStoreMemory !== undefined && { objectStoreMemory }),
      ...(resources && { resources }),
      ...(labels && { labels }),
    };
    const place = { home: this.#home, guard: this.#guard, store: this.#client };
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
   * Links between the one side and the other break, and none can be made until `heal`. All still reach the control store.
   */
  partition(a: TestNode | readonly TestNode[], b: TestNode | readonly TestNode[]): void {
    for (const one of sideOf(a)) {
      for (const other of sideOf(b)) {
        cut(one, other.id);
        cut(other, one.id);
      }
    }
  }

  heal(): void {
    for (const { wire } of this.#inner) wire.heal();
    for (const node of this.#outer) node.heal();
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
    this.heal();
    await this.#session?.[Symbol.asyncDispose]();
    await Promise.all(this.nodes.map(node => node.stop()));
    clustersHere.delete(this.address);
    await this.#client.close();
    await this.#store.end();
    await this.#guard?.end();
  }
}

function sideOf(side: TestNode | readonly TestNode[]): readonly TestNode[] {
  return Array.isArray(side) ? side : [side as TestNode];
}

function cut(node: TestNode, from: string): void {
  if (node instanceof InnerNode) node.wire.cut(from);
  else if (node instanceof OuterNode) node.cut(from);
}
