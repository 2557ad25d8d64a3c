import type { SimulatedNode } from '@aktis/cluster/simulation';

export const CPUS = 4;

/** The half of a simulated node that runs tasks: it grants what it has room for, and refuses the rest. */
export class ComputeNode {
  readonly node: SimulatedNode;
  #free = CPUS;
  #changedAt = 0;
  /** Milliseconds of CPU in use so far. */
  busy = 0;
  completed = 0;
  refused = 0;

  constructor(node: SimulatedNode) {
    this.node = node;
  }

  /** Whether it took the task; `done` is called when it has run for so long. */
  offer(milliseconds: number, now: number, after: (milliseconds: number, then: () => void) => void, done: () => void) {
    if (this.#free === 0) {
      this.refused++;
      return false;
    }
    this.#use(1, now);
    after(milliseconds, () => {
      this.#use(-1, now + milliseconds);
      this.completed++;
      done();
    });
    return true;
  }

  get free(): number {
    return this.#free;
  }

  #use(cpus: 1 | -1, now: number): void {
    this.busy += (CPUS - this.#free) * (now - this.#changedAt);
    this.#changedAt = now;
    this.#free -= cpus;
    const { load, membership } = this.node;
    load.available = { CPU: this.#free };
    membership.loadChanged();
  }
}
