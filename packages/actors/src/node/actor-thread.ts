import { type Claim, Deque, type Scheduler, type WorkerThread } from '@aktis/core';
import { ResourceShape } from '@aktis/core/hub';
import type { Actor } from './actor.ts';

// As it was before user code could replace it.
const { queueMicrotask } = globalThis;

/**
 * A thread that hosts actors, and the CPU it needs while one of them executes. Actors that named no resources hold none
 * for life: the thread takes its CPU when there are calls to run and gives it back when all of them have ended or are
 * suspended in an `await`.
 *
 * ```
 *   free ──▶ claiming ──▶ holding ──▶ free
 * ```
 */
export class ActorThread implements Claim {
  readonly worker: WorkerThread;
  /** No other actor may come to live here. */
  readonly isolated: boolean;
  readonly actors = new Set<Actor>();
  readonly #scheduler: Scheduler;
  readonly #flush: (actor: Actor) => void;
  #state: 'free' | 'claiming' | 'holding' = 'free';
  /** The demand of the call at the front of the line; what is held while holding. */
  shape = ResourceShape.ONE_CPU;
  readonly urgent = false;
  /** Actors with calls to send, in the order they came. */
  readonly #line = new Deque<Actor>();
  #isAdvancing = false;
  #resuming: (() => void)[] = [];
  /** Calls on the thread that need the CPU and have not been answered. */
  #running = 0;
  /** Messages sent that start something: what `Suspended` is compared with. */
  #sent = 0;

  constructor(worker: WorkerThread, isolated: boolean, scheduler: Scheduler, flush: (actor: Actor) => void) {
    this.worker = worker;
    this.isolated = isolated;
    this.#scheduler = scheduler;
    this.#flush = flush;
    worker.onDrain = () => this.#advance();
  }

  describe(): string {
    return `actor ${this.#line.peek() ?? ''}`;
  }

  /** `actor` has calls that demand `shape` (none: it never waits for a CPU). */
  request(actor: Actor, shape: ResourceShape): void {
    if (shape === ResourceShape.NONE || (this.#state === 'holding' && this.shape === shape)) {
      this.#flush(actor);
      return;
    }
    this.#wait(actor);
    if (this.#state === 'free') this.#claim(shape);
  }

  /** The thread takes no more at the moment: `actor` goes on when something has left. */
  #wait(actor: Actor): void {
    if (actor.isWaiting) return;
    actor.isWaiting = true;
    this.#line.push(actor);
  }

  /** Whether a call that demands `shape` may be sent now. */
  allows(shape: ResourceShape): boolean {
    return shape === ResourceShape.NONE || (this.#state === 'holding' && this.shape === shape);
  }

  waitForRoom(actor: Actor): void {
    this.#wait(actor);
  }

  /** A call is being sent. */
  sent(shape: ResourceShape): void {
    this.#sent++;
    if (shape !== ResourceShape.NONE) this.#running++;
  }

  /** A call was answered or taken back. */
  left(shape: ResourceShape): void {
    if (shape !== ResourceShape.NONE) this.#running--;
    if (this.#running === 0) this.#release();
    this.#advanceSoon();
  }

  /** The worker says that all it received is suspended. */
  suspended(received: number): void {
    if (received === this.#sent) this.#release();
  }

  /** A call that waited in `get` has its answer; it goes on when the thread has its CPU. */
  resume(shape: ResourceShape, go: () => void): void {
    if (this.allows(shape)) {
      go();
      return;
    }
    this.#resuming.push(go);
    if (this.#state === 'free') this.#claim(shape);
  }

  /** The thread is gone. */
  close(): void {
    if (this.#state === 'claiming') this.#scheduler.withdraw(this);
    if (this.#state === 'holding') this.#scheduler.release(this.shape);
    this.#state = 'free';
    this.#resuming = [];
    for (const actor of this.#line.drain()) actor.isWaiting = false;
  }

  granted(): void {
    if (this.#state !== 'claiming') {
      this.#scheduler.release(this.shape);
      return;
    }
    this.#state = 'holding';
    const resuming = this.#resuming;
    this.#resuming = [];
    for (const go of resuming) go();
    this.#advance();
    // Those that were to resume may have ended meanwhile: their `get` had a time limit, or they did not wait for it.
    if (this.#running === 0) this.#release();
  }

  #claim(shape: ResourceShape): void {
    this.#state = 'claiming';
    this.shape = shape;
    this.#scheduler.claim(this);
  }

  /** Gives the actors in line their turn, until one has to wait again: then so would all behind it. */
  #advance(): void {
    this.#isAdvancing = false;
    for (let left = this.#line.size; left > 0; left--) {
      const actor = this.#line.shift();
      if (actor === undefined) return;
      actor.isWaiting = false;
      this.#flush(actor);
      if (actor.isWaiting) return;
    }
  }

  /** Once for all that leaves in this turn. */
  #advanceSoon(): void {
    if (this.#isAdvancing || this.#line.size === 0) return;
    this.#isAdvancing = true;
    queueMicrotask(() => this.#advance());
  }

  #release(): void {
    if (this.#state !== 'holding') return;
    this.#state = 'free';
    this.#scheduler.release(this.shape);
  }
}
