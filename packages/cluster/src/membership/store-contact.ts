import type { Clock } from '../clock.ts';
import type { ControlStore } from '../control-store.ts';
import type { StoreView } from './peers-answer.ts';
import { probe } from './probe.ts';
import type { MembershipTiming } from './timing.ts';

/**
 * Whether this node reaches the store and can be heard through it. `store.available` alone is not enough: a connection
 * that was cut without a word looks alive for many seconds. Proof is what comes back: the node's own heartbeats, and
 * when they do not, a request to itself.
 */
export class StoreContact {
  readonly #store: ControlStore;
  readonly #nodeId: string;
  readonly #clock: Clock;
  readonly #timing: MembershipTiming;
  /** The latest moment from which something sent came back. */
  #provenAt: number;
  /** The process did not run before; that was not the store's fault. */
  #awakeAt: number;
  #backAt = Number.NEGATIVE_INFINITY;
  #isInTouch = true;
  #isProbing = false;
  /** Heartbeats of others could reach this node since then. Silence before says nothing. */
  listeningSince: number;
  /** Contact is there again. */
  onBack: () => void = () => {};

  constructor(store: ControlStore, nodeId: string, clock: Clock, timing: MembershipTiming) {
    this.#store = store;
    this.#nodeId = nodeId;
    this.#clock = clock;
    this.#timing = timing;
    this.#provenAt = this.#awakeAt = this.listeningSince = clock.now();
  }

  get isInTouch(): boolean {
    return this.#isInTouch && this.#store.available;
  }

  /** Whether others have had time to connect again since the store was away. */
  get isSettled(): boolean {
    return this.#clock.now() - this.#backAt >= this.#timing.grace;
  }

  /** What to tell another node that cannot reach the store. */
  get view(): StoreView {
    if (!this.isInTouch || !this.isSettled) return 'lost it';
    return this.#clock.now() - this.listeningSince < this.#timing.grace ? 'unsure' : 'has it';
  }

  /** Something that was sent at `sentAt` came back. */
  proven(sentAt: number): void {
    if (sentAt <= this.#provenAt) return;
    this.#provenAt = sentAt;
    const now = this.#clock.now();
    if (this.#isInTouch || !this.#store.available || now - sentAt >= this.#timing.suspectAfter) return;
    this.#isInTouch = true;
    this.listeningSince = now;
    this.onBack();
  }

  /** The store says that it is lost, or back. */
  availabilityChanged(available: boolean): void {
    this.#isInTouch = false;
    if (available) this.#backAt = this.#clock.now();
  }

  /** This process did not run for a while: what was sent to it meanwhile has yet to be read. */
  paused(now: number): void {
    this.#awakeAt = this.listeningSince = now;
  }

  tick(now: number): void {
    const silence = now - this.#provenAt;
    if (silence >= this.#timing.suspectAfter) this.#isInTouch = false;
    if (silence >= 2 * this.#timing.heartbeat) void this.#probe();
  }

  /** For how long the store has been out of reach, while this process ran. */
  lostFor(now: number): number {
    return now - Math.max(this.#provenAt, this.#awakeAt);
  }

  async #probe(): Promise<void> {
    if (this.#isProbing || !this.#store.available) return;
    this.#isProbing = true;
    const sentAt = this.#clock.now();
    const { kind } = await probe(this.#store, this.#nodeId, this.#timing.probeTimeout);
    this.#isProbing = false;
    if (kind !== 'silent') this.proven(sentAt);
  }
}
