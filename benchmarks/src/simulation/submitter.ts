import type { Member } from '@aktis/cluster';
import { amountsOf, type Candidate, NodeIndex } from '@aktis/cluster/scheduling';
import { Deque, ResourceShape } from '@aktis/core';
import type { ComputeNode } from './compute-node.ts';

const work = { shape: ResourceShape.ONE_CPU };

/** How long a message takes from node to node, in milliseconds. */
const HOP = 0.2;

interface QueuedTask {
  readonly submittedAt: number;
  readonly duration: number;
}

/** The half of a simulated node that submits tasks: it places them by its own view, which heartbeats keep. */
export class Submitter {
  readonly #index: NodeIndex;
  readonly #hosts: ReadonlyMap<string, ComputeNode>;
  readonly #now: () => number;
  readonly #after: (milliseconds: number, then: () => void) => void;
  readonly #queue = new Deque<QueuedTask>();
  /** Milliseconds from submission to start, of every task. */
  readonly waits: number[] = [];
  decisions = 0;
  /** Real milliseconds spent in decisions, and in keeping the view. */
  decidingFor = 0;
  viewingFor = 0;
  viewed = 0;

  constructor(
    own: ComputeNode,
    hosts: ReadonlyMap<string, ComputeNode>,
    random: () => number,
    now: () => number,
    after: (milliseconds: number, then: () => void) => void,
  ) {
    this.#index = new NodeIndex(random);
    this.#hosts = hosts;
    this.#now = now;
    this.#after = after;
    const { membership, nodeId } = own.node;
    for (const member of membership.living()) this.#index.set(candidateOf(member, nodeId));
    membership.on({
      changed: member => this.#heard(member),
      joined: member => this.#index.set(candidateOf(member, nodeId)),
      died: record => this.#index.delete(record.nodeId),
    });
  }

  submit(duration: number): void {
    this.#queue.push({ submittedAt: this.#now(), duration });
    this.#dispatch();
  }

  #heard({ record, available }: Member): void {
    const start = performance.now();
    this.#index.setAvailable(record.nodeId, amountsOf(available));
    this.viewingFor += performance.now() - start;
    this.viewed++;
    if (this.#queue.size > 0) this.#dispatch();
  }

  #dispatch(): void {
    const start = performance.now();
    while (this.#queue.size > 0) {
      const decision = this.#index.place(work);
      this.decisions++;
      if (decision.kind !== 'place') break;
      this.#index.take(decision.nodeId, work.shape);
      const task = this.#queue.shift() as QueuedTask;
      const host = this.#hosts.get(decision.nodeId) as ComputeNode;
      this.#after(HOP, () => this.#arrive(host, task));
    }
    this.decidingFor += performance.now() - start;
  }

  #arrive(host: ComputeNode, task: QueuedTask): void {
    const now = this.#now();
    const { nodeId } = host.node;
    const isTaken = host.offer(task.duration, now, this.#after, () => this.#after(HOP, () => this.#ended(nodeId)));
    if (isTaken) {
      this.waits.push(now - task.submittedAt);
      return;
    }
    // The refusal brings the host's own word on what it has, and the task waits again, before all others.
    const available = amountsOf({ CPU: host.free });
    this.#after(HOP, () => {
      this.#index.give(nodeId, work.shape);
      this.#index.setAvailable(nodeId, available);
      this.#queue.unshift(task);
      this.#dispatch();
    });
  }

  #ended(nodeId: string): void {
    this.#index.give(nodeId, work.shape);
    if (this.#queue.size > 0) this.#dispatch();
  }
}

function candidateOf({ record, available, isSuspect }: Member, ownId: string): Candidate {
  return {
    nodeId: record.nodeId,
    name: record.name,
    total: amountsOf(record.total),
    available: amountsOf(available),
    labels: record.labels,
    isSuspect,
    isDraining: record.state === 'DRAINING',
    isLocal: record.nodeId === ownId,
  };
}
