import type { SimulatedNode } from '@aktis/cluster/simulation';
import { Deque } from '@aktis/core';

export const CPUS = 4;

/** What a node was asked to run. */
export interface HostedTask {
  readonly duration: number;
  state: 'queued' | 'running' | 'ended';
  /** It starts now. */
  started(): void;
  ended(): void;
}

/** The half of a simulated node that runs tasks: first come, first served, and what has not started can be had back. */
export class ComputeNode {
  readonly node: SimulatedNode;
  readonly #now: () => number;
  readonly #after: (milliseconds: number, then: () => void) => void;
  readonly #queue = new Deque<HostedTask>();
  #waiting = 0;
  #free = CPUS;
  #changedAt = 0;
  /** Milliseconds of CPU in use so far. */
  busy = 0;
  completed = 0;

  constructor(node: SimulatedNode, now: () => number, after: (milliseconds: number, then: () => void) => void) {
    this.node = node;
    this.#now = now;
    this.#after = after;
  }

  execute(task: HostedTask): void {
    this.#queue.push(task);
    this.#waiting++;
    this.#startNext();
    this.#tell();
  }

  get free(): number {
    return this.#free;
  }

  /** Whether it had not started. */
  relinquish(task: HostedTask): boolean {
    if (task.state !== 'queued') return false;
    task.state = 'ended';
    this.#waiting--;
    this.#tell();
    return true;
  }

  #startNext(): void {
    while (this.#free > 0) {
      const task = this.#queue.shift();
      if (task === undefined) return;
      if (task.state !== 'queued') continue;
      this.#waiting--;
      this.#use(1);
      task.state = 'running';
      task.started();
      this.#after(task.duration, () => {
        this.#use(-1);
        task.state = 'ended';
        this.completed++;
        task.ended();
        this.#startNext();
        this.#tell();
      });
    }
  }

  #use(cpus: 1 | -1): void {
    const now = this.#now();
    this.busy += (CPUS - this.#free) * (now - this.#changedAt);
    this.#changedAt = now;
    this.#free -= cpus;
  }

  #tell(): void {
    const { load, membership } = this.node;
    load.available = { CPU: this.#free };
    load.waiting = this.#waiting;
    membership.loadChanged();
  }
}
