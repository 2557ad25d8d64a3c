import { type Claim, Deque, type ResourceShape, type Scheduler } from '@aktis/core';
import type { Actor } from './actor.ts';

/** Actors that hold one shape of resources for life: those that wait for it, and those that have it. */
export class CreationQueue implements Claim {
  readonly shape: ResourceShape;
  readonly scheduler: Scheduler;
  readonly urgent = false;
  readonly #onGranted: (actor: Actor) => void;
  readonly #order = new Deque<Actor>();
  /** Who of these still waits. */
  readonly #waiting = new Set<Actor>();
  readonly #holders = new Set<Actor>();
  #claiming = false;

  constructor(shape: ResourceShape, scheduler: Scheduler, onGranted: (actor: Actor) => void) {
    this.shape = shape;
    this.scheduler = scheduler;
    this.#onGranted = onGranted;
  }

  get holders(): Iterable<Actor> {
    return this.#holders;
  }

  describe(): string {
    return `actor ${this.#head() ?? ''}`;
  }

  isAwaitedBy(actor: Actor): boolean {
    return this.#waiting.has(actor);
  }

  push(actor: Actor): void {
    actor.state = actor.restarts > 0 ? 'restarting' : 'pending';
    this.#order.push(actor);
    this.#waiting.add(actor);
    this.#claim();
  }

  granted(): void {
    this.#claiming = false;
    const actor = this.#head();
    if (actor === undefined) {
      this.scheduler.release(this.shape);
      return;
    }
    this.#order.shift();
    this.#waiting.delete(actor);
    this.#holders.add(actor);
    this.#onGranted(actor);
    this.#claim();
  }

  /** `actor` waits no more, if it did: it died first, or goes elsewhere. */
  remove(actor: Actor): void {
    if (!this.#waiting.delete(actor) || this.#head() !== undefined || !this.#claiming) return;
    this.#claiming = false;
    this.scheduler.withdraw(this);
  }

  /** Gives back what `actor` holds, if it does. */
  release(actor: Actor): void {
    if (this.#holders.delete(actor)) this.scheduler.release(this.shape);
  }

  #claim(): void {
    if (this.#claiming || this.#head() === undefined) return;
    this.#claiming = true;
    this.scheduler.claim(this);
  }

  #head(): Actor | undefined {
    for (;;) {
      const actor = this.#order.peek();
      if (actor === undefined || this.#waiting.has(actor)) return actor;
      this.#order.shift();
    }
  }
}
