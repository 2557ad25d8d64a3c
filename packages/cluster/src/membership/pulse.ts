import type { Clock } from '../clock.ts';
import type { ControlStore } from '../control-store.ts';
import { encodeHeartbeat, heartbeatSubject, type Load } from './heartbeat.ts';
import type { MembershipTiming } from './timing.ts';

/** This node's heartbeats: each second, and soon after its load changed. */
export class Pulse {
  readonly #store: ControlStore;
  /** Where it is heard. */
  readonly subject: string;
  readonly #load: () => Load;
  readonly #clock: Clock;
  readonly #timing: MembershipTiming;
  /** How many nodes hear it. */
  readonly #audience: () => number;
  #sequence = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #sentSequence = 0;
  #isDueSoon = false;
  #stopped = false;

  constructor(
    store: ControlStore,
    nodeId: string,
    load: () => Load,
    audience: () => number,
    clock: Clock,
    timing: MembershipTiming,
  ) {
    this.#store = store;
    this.subject = heartbeatSubject(nodeId);
    this.#load = load;
    this.#audience = audience;
    this.#clock = clock;
    this.#timing = timing;
  }

  /** What is said next, as a heartbeat or as the answer to a probe. */
  message(): string {
    return encodeHeartbeat(++this.#sequence, this.#load());
  }

  beat(): void {
    const message = this.message();
    this.#sentSequence = this.#sequence;
    this.#sentAt = this.#clock.now();
    this.#store.publish(this.subject, message);
  }

  beatWhenDue(now: number): void {
    if (now - this.#sentAt >= this.#timing.heartbeat) this.beat();
  }

  /** At the end of this turn; when there was one just now, as soon as the next is allowed. */
  beatSoon(): void {
    if (this.#isDueSoon) return;
    this.#isDueSoon = true;
    const { heartbeatGap, heartbeatsPerSecond } = this.#timing;
    const gap = Math.max(heartbeatGap, (this.#audience() * 1_000) / heartbeatsPerSecond);
    const wait = this.#sentAt + gap - this.#clock.now();
    const beat = () => {
      this.#isDueSoon = false;
      if (!this.#stopped) this.beat();
    };
    if (wait <= 0) queueMicrotask(beat);
    else this.#clock.after(wait, beat);
  }

  /** When the heartbeat was sent that came back to this node as `sequence`; undefined for all but the last. */
  sentAt(sequence: number): number | undefined {
    return sequence === this.#sentSequence ? this.#sentAt : undefined;
  }

  get sequence(): number {
    return this.#sequence;
  }

  stop(): void {
    this.#stopped = true;
  }
}
