import type { ResourcePool, ResourceShape } from './resources.ts';

/**
 * Something that needs resources before it can go on: a queue of tasks of one shape, an actor that is to be created, a
 * thread of actors that wants to execute, a task that resumes after `get`.
 */
export interface Claim {
  readonly shape: ResourceShape;
  /** Goes before all claims that are not urgent: what it continues has started already. */
  readonly urgent: boolean;
  /** The resources have been taken for the claim; it is waiting no more. It may claim again. */
  granted(): void;
  /** What it is, for warnings: `task add`. */
  describe(): string;
}

/** How long a claim that does not fit lets others pass before what becomes free is kept for it. */
const PATIENCE_MS = 100;

/**
 * Gives the resources of one pool to claims: first come, first served among those that fit, so a large claim does not
 * idle the machine; one that has waited longer than {@link PATIENCE_MS} is passed by no more, so it does not starve.
 * The cost of a decision depends on the number of waiting claims (one per shape, not one per task).
 */
export class Scheduler {
  readonly pool: ResourcePool;
  readonly #now: () => number;
  readonly #onInfeasible: (claim: Claim) => void;
  readonly #waiting: { claim: Claim; since: number }[] = [];
  /** Called when something was granted or given back. */
  onChanged: () => void = () => {};
  /** Called when a claim that could be granted has to wait. */
  onWaiting: () => void = () => {};
  #granting = false;
  #paused = false;
  #again = false;

  constructor(pool: ResourcePool, onInfeasible: (claim: Claim) => void, now: () => number = () => performance.now()) {
    this.pool = pool;
    this.#onInfeasible = onInfeasible;
    this.#now = now;
  }

  /** Whether a claim of this shape would be granted at once. */
  hasRoomFor(shape: ResourceShape): boolean {
    return !this.#paused && this.#waiting.length === 0 && this.pool.fits(shape);
  }

  /** Grants the claim at once if it is its turn and it fits; else when that is so. */
  claim(claim: Claim): void {
    if (this.hasRoomFor(claim.shape)) {
      this.pool.take(claim.shape);
      this.onChanged();
      claim.granted();
      return;
    }
    const entry = { claim, since: this.#now() };
    if (claim.urgent) {
      const after = this.#waiting.findIndex(other => !other.claim.urgent);
      this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, entry);
    } else {
      this.#waiting.push(entry);
    }
    if (this.pool.couldEverFit(claim.shape)) this.onWaiting();
    else this.#onInfeasible(claim);
    this.#grant();
  }

  /** Grants nothing until `resume`. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#grant();
  }

  withdraw(claim: Claim): void {
    const at = this.#waiting.findIndex(entry => entry.claim === claim);
    if (at >= 0) this.#waiting.splice(at, 1);
    this.#grant();
  }

  /** The work that held `shape` holds it no more. */
  release(shape: ResourceShape): void {
    this.pool.give(shape);
    this.onChanged();
    if (this.#waiting.length > 0) this.#grant();
  }

  /** Whether anything but `own` that could run here waits: then whoever holds resources for a queue lets go in time. */
  contendedBy(own: Claim): boolean {
    for (const { claim } of this.#waiting) if (claim !== own && this.pool.couldEverFit(claim.shape)) return true;
    return false;
  }

  /** The claims that wait, first come first, with how long they have waited. */
  *waiting(): Generator<{ claim: Claim; milliseconds: number; feasible: boolean }> {
    for (const { claim, since } of this.#waiting) {
      yield { claim, milliseconds: this.#now() - since, feasible: this.pool.couldEverFit(claim.shape) };
    }
  }

  #grant(): void {
    if (this.#paused) return;
    if (this.#granting) {
      this.#again = true;
      return;
    }
    this.#granting = true;
    do {
      this.#again = false;
      for (let i = 0; i < this.#waiting.length; i++) {
        const { claim, since } = this.#waiting[i] as { claim: Claim; since: number };
        if (this.pool.fits(claim.shape)) {
          this.#waiting.splice(i--, 1);
          this.pool.take(claim.shape);
          this.onChanged();
          claim.granted();
        } else if (this.#now() - since > PATIENCE_MS && this.pool.couldEverFit(claim.shape)) {
          break;
        }
      }
    } while (this.#again);
    this.#granting = false;
  }
}
