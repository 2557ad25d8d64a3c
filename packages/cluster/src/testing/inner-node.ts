import { setTimeout } from 'node:timers/promises';
import type { Connection } from '@aktis/core';
import { declareQuestions, Node } from '@aktis/core/hub';
import { ClusterNode } from '../cluster-node.ts';
import type { ControlStore } from '../control-store.ts';
import { farewell } from '../drain/drain-request.ts';
import type { Programs } from '../jobs/jobs-of-peers.ts';
import type { MembershipTiming } from '../membership/index.ts';
import { HeldStore } from './held-store.ts';
import { keepAwake } from './keep-awake.ts';
import { Lifeline } from './lifeline.ts';
import { type DrainOptions, type TestNode, type TestNodeOptions, usualDrain } from './test-node.ts';
import { TestWire } from './test-wire.ts';

/** What all nodes inside of this process share. */
export interface Surroundings {
  connect(name: string): Promise<ControlStore>;
  readonly token: string;
  readonly timing: Partial<MembershipTiming>;
  readonly programs: Programs | undefined;
  readonly address: string;
  /** This node breaks its links to the others without a word. */
  lost(nodeId: string): void;
}

const REJOIN_PAUSE_MS = 100;

/** A node inside of the test's own process. */
export class InnerNode implements TestNode {
  readonly name: string;
  readonly wire: TestWire;
  readonly #life: Lifeline;
  readonly #options: TestNodeOptions;
  readonly #around: Surroundings;
  #store!: HeldStore;
  #member!: ClusterNode;
  #isStopping = false;

  private constructor(name: string, options: TestNodeOptions, around: Surroundings) {
    this.name = name;
    this.#options = options;
    this.#around = around;
    this.#life = new Lifeline();
    this.wire = new TestWire(this.#life);
  }

  static async start(name: string, options: TestNodeOptions, around: Surroundings): Promise<InnerNode> {
    const node = new InnerNode(name, options, around);
    node.#store = new HeldStore(await around.connect(name), node.#life);
    await node.#join();
    return node;
  }

  get id(): string {
    return this.#member.node.id;
  }

  get pid(): number {
    return process.pid;
  }

  get state(): 'running' | 'frozen' | 'ended' {
    return this.#life.state;
  }

  get node(): Node {
    return this.#member.node;
  }

  kill(): Promise<void> {
    return keepAwake(() => this.#kill());
  }

  async #kill(): Promise<void> {
    if (this.state === 'ended') return;
    this.#isStopping = true;
    this.#life.end();
    this.#around.lost(this.id);
    this.wire.loseAll();
    await this.#store.close();
    const { node } = this.#member;
    const ended = node.shutdown('it was killed by its test');
    for (const thread of node.pool.threads) {
      thread.endsWithSession = true;
      thread.terminate('its node was killed by its test');
    }
    await ended;
  }

  stop(): Promise<void> {
    return keepAwake(() => this.#stop());
  }

  async #stop(): Promise<void> {
    if (this.state === 'ended') return;
    this.thaw();
    this.#isStopping = true;
    await this.#member.node.shutdown('its test stopped it');
    this.#life.end();
    await this.#store.close();
  }

  async drain(options: DrainOptions = {}): Promise<void> {
    const request = { ...usualDrain, ...options };
    const member = this.#member;
    const { gone } = await member.drain(request);
    void gone.then(remains => {
      member.farewell = farewell(request.reason, remains);
      return this.stop();
    });
  }

  freeze(): void {
    this.#life.freeze();
  }

  thaw(): void {
    this.#life.thaw();
  }

  async #join(): Promise<void> {
    const { name: _, numCpus = 2, memory = 2 ** 30, ...options } = this.#options;
    const node = new Node({ numCpus, memory, ...options });
    declareQuestions(node);
    const { token, timing, programs } = this.#around;
    try {
      this.#member = await ClusterNode.join(node, {
        store: this.#store,
        security: { token },
        kind: 'node',
        name: this.name,
        timing,
        clock: this.#life,
        wire: this.wire,
        ...(programs !== undefined && { programs }),
      });
    } catch (error) {
      await node.shutdown('it could not join the cluster');
      throw error;
    }
    node.onEnd(() => {
      if (!this.#isStopping) setImmediate(() => void this.#joinAgain(node));
    });
  }

  /** The others took it for dead; as a daemon does, it comes back as a new node. */
  async #joinAgain(old: Node): Promise<void> {
    await old.shutdown();
    while (!this.#isStopping) {
      try {
        return await this.#join();
      } catch {
        await setTimeout(REJOIN_PAUSE_MS, undefined, { ref: false });
      }
    }
  }
}

/** Makes the driver of this program a member, as `init` does with an address of elsewhere. */
export async function joinFromInside(node: Node, around: Surroundings, wire: TestWire): Promise<Connection> {
  const store = await around.connect('driver');
  const { token, timing, programs, address } = around;
  try {
    await ClusterNode.join(node, {
      store,
      security: { token },
      kind: 'driver',
      name: `driver-${process.pid}`,
      timing,
      wire,
      ...(programs !== undefined && { programs }),
    });
  } catch (error) {
    await store.close();
    throw error;
  }
  // Until the node has left, it needs the store.
  node.onEnd(() => void setImmediate(() => void node.shutdown().then(() => store.close())));
  return { address, dashboardUrl: undefined };
}
