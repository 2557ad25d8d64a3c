import { ClusterNode, MemoryControlStore } from '@aktis/cluster';
import { current, declareQuestions, type InitOptions, Node } from '@aktis/core';

const security = { token: 'the secret of this test' };

/** Several nodes in one process, on one control store: this program's own is a driver without CPUs. */
export class TestCluster {
  readonly store = new MemoryControlStore();
  readonly nodes: ClusterNode[] = [];
  #driver: ClusterNode | undefined;

  static async start(count: number, options: InitOptions = { numCpus: 2 }): Promise<TestCluster> {
    const cluster = new TestCluster();
    for (let i = 0; i < count; i++) await cluster.add({ ...options, labels: { number: String(i) } });
    await cluster.#join();
    return cluster;
  }

  /** @param prepare called before it joins */
  async add(options: InitOptions, prepare?: (node: Node) => void): Promise<ClusterNode> {
    const node = await this.#node(options, 'node', `node-${this.nodes.length}`, prepare);
    this.nodes.push(node);
    return node;
  }

  node(id: string): ClusterNode {
    const found = this.nodes.find(({ node }) => node.id === id);
    if (found === undefined) throw new Error(`no node ${id}`);
    return found;
  }

  /** Another driver of this program; what `run` runs is that driver's. */
  async driver(): Promise<{ run<T>(program: () => Promise<T>): Promise<T>; end(): Promise<void> }> {
    const { node } = await this.#node({ numCpus: 0, memory: 0 }, 'driver', 'second-driver');
    return {
      run: async program => {
        const { node: own } = current;
        current.node = node;
        try {
          return await program();
        } finally {
          current.node = own;
        }
      },
      end: () => node.shutdown(),
    };
  }

  /** Ends that node without a word to its drivers, as far as one process can. */
  async stop(id: string): Promise<void> {
    const found = this.node(id);
    this.nodes.splice(this.nodes.indexOf(found), 1);
    await found.node.shutdown('the test stopped it');
  }

  async end(): Promise<void> {
    await this.#driver?.node.shutdown();
    current.node = undefined;
    for (const { node } of this.nodes) await node.shutdown();
  }

  async #join(): Promise<void> {
    this.#driver = await this.#node({ numCpus: 0, memory: 0 }, 'driver', 'driver');
    current.node = this.#driver.node;
  }

  async #node(
    options: InitOptions,
    kind: 'node' | 'driver',
    name: string,
    prepare?: (node: Node) => void,
  ): Promise<ClusterNode> {
    const node = new Node(options);
    declareQuestions(node);
    prepare?.(node);
    return ClusterNode.join(node, { store: this.store.connect(), security, kind, name });
  }
}
