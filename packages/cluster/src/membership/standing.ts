import type { Clock } from '../clock.ts';
import type { ControlStore } from '../control-store.ts';
import type { NodeRecord } from '../records.ts';
import type { Self } from './member.ts';
import type { NodeTable } from './node-table.ts';
import type { PeersAnswer } from './peers-answer.ts';
import type { Pulse } from './pulse.ts';
import type { StoreContact } from './store-contact.ts';
import type { MembershipTiming } from './timing.ts';

/** What this node's standing depends on, and who is told when it changes. */
export interface StandingSurroundings {
  readonly store: ControlStore;
  readonly nodes: NodeTable;
  readonly self: Self;
  readonly contact: StoreContact;
  readonly pulse: Pulse;
  readonly clock: Clock;
  readonly timing: MembershipTiming;
  /** Whether there is no other member. */
  isAlone(): boolean;
  askPeers: (() => Promise<PeersAnswer>) | undefined;
  recordChanged(): void;
  /** It is a member no more: everything is to stop. `reason` is undefined when it left by itself. */
  ended(reason: string | undefined): void;
}

/**
 * Whether this node is a member itself.
 *
 * ```
 *   joining ─▶ member ─▶ left        it said goodbye
 *              │    ▲
 *    it did not│    │its record       ┌─▶ fenced: its record says DEAD, or it had lost the store for 8 s while others
 *    run: doubt▼    │says ALIVE       │           had it
 *              in doubt ─────────────┘
 * ```
 */
export class Standing {
  readonly #around: StandingSurroundings;
  #state: 'joining' | 'member' | 'left' | 'fenced' = 'joining';
  #tickedAt = 0;
  /** How far the wall clock is ahead of this one: it grows while the machine sleeps. */
  #wallOffset = 0;
  #doubt: Doubt | undefined;
  /** How often this process did not run. */
  #pauses = 0;
  #isReadingRecord = false;
  #askPeersAt = Number.NEGATIVE_INFINITY;

  constructor(around: StandingSurroundings) {
    this.#around = around;
  }

  get isMember(): boolean {
    return this.#state === 'member';
  }

  /** A promise while that must be found out. */
  ask(): boolean | Promise<boolean> {
    if (this.#state !== 'member') return false;
    this.#noticePause();
    return this.#doubt?.settled ?? true;
  }

  joined(): void {
    this.#state = 'member';
    this.#ran(this.#around.clock.now());
  }

  tick(now: number): void {
    this.#noticePause();
    this.#ran(now);
    const { contact, timing } = this.#around;
    if (contact.lostFor(now) >= timing.storeLossLimit) void this.#storeLost(now);
    if (this.#doubt !== undefined) void this.readRecord();
  }

  /** Others may have declared this node dead, or the store may have lost its record. */
  async readRecord(): Promise<void> {
    const { store, nodes, self, timing } = this.#around;
    if (this.#isReadingRecord || !store.available) return;
    this.#isReadingRecord = true;
    const pauses = this.#pauses;
    const { nodeId } = self.record;
    try {
      const entry = await (this.#doubt === undefined ? nodes.read(nodeId) : nodes.touch(nodeId));
      if (entry !== undefined) this.recordIs(entry.record);
      else if ((this.#doubt?.pause ?? 0) >= timing.deadAfter) {
        this.#fence('its record is gone after it did not run for some time');
      } else if (this.isMember) await nodes.create(self.record);
      // What was read before the last pause says nothing of the time after it.
      if (this.#pauses === pauses) this.#settleDoubt(true);
    } catch {
      // The store is away: the next tick tries again.
    } finally {
      this.#isReadingRecord = false;
    }
  }

  /** What the store says about this node. */
  recordIs(record: NodeRecord): void {
    if (!this.isMember) return;
    const { self } = this.#around;
    if (record.state === 'DEAD') {
      self.record = record;
      this.#fence(record.deathReason ?? 'it was declared dead');
    } else if (JSON.stringify(record) !== JSON.stringify(self.record)) {
      self.record = record;
      this.#around.recordChanged();
    }
  }

  /** It leaves by itself. The promise is kept when the store knows. */
  async leave(reason: string): Promise<void> {
    this.#end('left', undefined);
    await this.#buryRecord(`left: ${reason}`);
  }

  /** Joining failed, perhaps after the record was written. */
  giveUp(): void {
    const wasMember = this.isMember;
    this.#end('left', undefined);
    if (wasMember) void this.#buryRecordWhenPossible('left: it could not join');
  }

  #ran(now: number): void {
    this.#tickedAt = now;
    this.#wallOffset = this.#around.clock.wallTime() - now;
  }

  /** A process that was stopped finds its clock ahead; after the machine slept only the wall clock is. */
  #noticePause(): void {
    const { clock, timing, contact, pulse } = this.#around;
    const now = clock.now();
    const asleep = clock.wallTime() - now - this.#wallOffset;
    const pause = Math.max(now - this.#tickedAt, asleep);
    if (pause < timing.suspectAfter) return;
    this.#ran(now);
    contact.paused(now);
    this.#pauses++;
    this.#doubt ??= new Doubt();
    this.#doubt.pause = Math.max(this.#doubt.pause, pause);
    // A judge that has this heartbeat and still reads the record cannot condemn; one that read it before loses the race.
    pulse.beat();
    void this.readRecord();
  }

  /** While the others have the store, they will declare this node dead: it must have stopped by then. */
  async #storeLost(now: number): Promise<void> {
    if (now < this.#askPeersAt) return;
    this.#askPeersAt = Number.POSITIVE_INFINITY;
    const { contact, timing, clock } = this.#around;
    const answer = await this.#askPeers();
    const then = clock.now();
    this.#askPeersAt = then + timing.heartbeat;
    if (!this.isMember || contact.lostFor(then) < timing.storeLossLimit) return;
    if (answer === 'nobody has it') {
      this.#settleDoubt(true);
      return;
    }
    if (answer === 'no peer answers' && contact.lostFor(then) < this.#unansweredLimit) return;
    const seconds = Math.round(contact.lostFor(then) / 1_000);
    const reason = `it could not reach the control store for ${seconds} s, and ${answer}`;
    this.#fence(reason);
    void this.#buryRecordWhenPossible(`fenced itself: ${reason}`);
  }

  /** As long before the others may declare it dead as a node is fenced that knows that they have the store. */
  get #unansweredLimit(): number {
    const { self, timing } = this.#around;
    const { storeLossLimit, deadAfter, driverDeadAfter } = timing;
    return self.record.kind === 'driver' ? driverDeadAfter - (deadAfter - storeLossLimit) : storeLossLimit;
  }

  async #askPeers(): Promise<PeersAnswer> {
    const { isAlone, askPeers } = this.#around;
    if (isAlone()) return 'nobody has it';
    try {
      return (await askPeers?.()) ?? 'no peer answers';
    } catch {
      return 'no peer answers';
    }
  }

  #fence(reason: string): void {
    if (this.isMember) this.#end('fenced', reason);
  }

  #end(state: 'left' | 'fenced', reason: string | undefined): void {
    this.#state = state;
    this.#settleDoubt(false);
    this.#around.ended(reason);
  }

  #settleDoubt(isMember: boolean): void {
    const doubt = this.#doubt;
    this.#doubt = undefined;
    doubt?.settle(isMember);
  }

  async #buryRecord(reason: string): Promise<void> {
    const { nodes, self, store } = this.#around;
    while ((await nodes.bury(self.record, reason, () => true)) === undefined);
    await store.table('leases').delete(self.record.nodeId);
  }

  /** So that the others need not find out; after a while they have. */
  async #buryRecordWhenPossible(reason: string): Promise<void> {
    const { clock, timing } = this.#around;
    const giveUpAt = clock.now() + 10 * timing.deadAfter;
    while (clock.now() < giveUpAt) {
      try {
        return await this.#buryRecord(reason);
      } catch {
        await new Promise<void>(resolve => clock.after(timing.heartbeat, resolve));
      }
    }
  }
}

/** Whether this node still is a member has to be found out. */
class Doubt {
  readonly settled: Promise<boolean>;
  /** For how long the process did not run. */
  pause = 0;
  settle: (isMember: boolean) => void = () => {};

  constructor() {
    this.settled = new Promise(resolve => {
      this.settle = resolve;
    });
  }
}
