import { NodeDiedError } from '@aktis/core';
import { AktisError } from '@aktis/transport';
import type { ControlStore } from '../control-store.ts';
import type { NodeRecord } from '../records.ts';
import { type Clock, systemClock } from './clock.ts';
import { ALL_HEARTBEATS, type Load, senderOf, sequenceOf } from './heartbeat.ts';
import { Judge } from './judge.ts';
import { type Member, type RemoteMember, Self } from './member.ts';
import { freeName } from './node-name.ts';
import { type NodeEntry, NodeTable } from './node-table.ts';
import { opinionSubject } from './opinion.ts';
import type { PeersAnswer, StoreView } from './peers-answer.ts';
import { pingSubject, probe } from './probe.ts';
import { Pulse } from './pulse.ts';
import { Roster } from './roster.ts';
import { StoreContact } from './store-contact.ts';
import { defaultTiming, type MembershipTiming } from './timing.ts';
import { checkVersion } from './version-check.ts';

export interface MembershipOptions {
  readonly store: ControlStore;
  /** Of this node, `ALIVE`, with an id that was never used. */
  readonly record: NodeRecord;
  /** What this node has free, and how much waits for it. Must not throw. */
  readonly load: () => Load;
  readonly timing?: Partial<MembershipTiming>;
  readonly clock?: Clock;
  /**
   * Asks all other living members over direct links for their `storeView`, and returns `peersAnswer` of that. One that
   * takes the asking node for dead has the store. Without it, a node that loses the store for long fences itself unless
   * it is alone.
   */
  readonly askPeers?: () => Promise<PeersAnswer>;
  /** Told what the user should know: a name that was taken. */
  readonly warn?: (message: string) => void;
}

/** Called in the order in which things are learned. Must not throw. */
export interface MembershipListener {
  joined?(member: Member): void;
  died?(record: NodeRecord): void;
  /** Its record, its load, or whether it is suspect. */
  changed?(member: Member): void;
  /** This node is a member no more and will never be again under this id: it must stop serving at once. */
  fenced?(reason: string): void;
}

/** Whether this node is a member: `member → left | fenced`. */
type State = 'joining' | 'member' | 'left' | 'fenced';

/** How long `leave` tries to say goodbye. */
const FAREWELL_MS = 5_000;

/** In large clusters a newcomer asks only so many others for their load. */
const GREETED = 50;

/**
 * Who is alive: this node's part in it, and its view of the others.
 *
 * ```ts
 * const membership = await Membership.join({ store, record, load: () => ({ available: pool.available, waiting: 0 }) });
 * membership.on({ died: record => closeLinkTo(record.nodeId), fenced: reason => endThisNode(reason) });
 * ```
 */
export class Membership {
  readonly #store: ControlStore;
  readonly #nodes: NodeTable;
  readonly #clock: Clock;
  readonly #timing: MembershipTiming;
  readonly #askPeers: (() => Promise<PeersAnswer>) | undefined;
  readonly #warn: (message: string) => void;
  readonly #self: Self;
  readonly #roster = new Roster();
  readonly #contact: StoreContact;
  readonly #pulse: Pulse;
  readonly #judge: Judge;
  readonly #listeners = new Set<{ readonly listener: MembershipListener }>();
  /** What ends subscriptions, services and watches. */
  readonly #endings: (() => void)[] = [];
  #state: State = 'joining';
  #tickedAt: number;
  /** How far the wall clock is ahead of this one: it grows while the machine sleeps. */
  #wallOffset: number;
  #leaseWrittenAt = Number.NEGATIVE_INFINITY;
  #doubt: Doubt | undefined;
  #pauses = 0;
  #isReadingOwnRecord = false;
  #askPeersAt = Number.NEGATIVE_INFINITY;

  private constructor(options: MembershipOptions) {
    const { store, record, load, clock = systemClock } = options;
    this.#store = store;
    this.#clock = clock;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#askPeers = options.askPeers;
    this.#warn = options.warn ?? (() => {});
    this.#nodes = new NodeTable(store, clock);
    this.#self = new Self(record, load);
    this.#contact = new StoreContact(store, record.nodeId, clock, this.#timing);
    this.#contact.onBack = () => this.#backInTouch();
    this.#pulse = new Pulse(store, record.nodeId, load, () => this.#roster.living.size, clock, this.#timing);
    this.#judge = new Judge({
      store,
      nodes: this.#nodes,
      self: this.#self,
      roster: this.#roster,
      contact: this.#contact,
      clock,
      timing: this.#timing,
      mayJudge: () => this.standing() === true,
      answered: (member, heartbeat) => this.#heard(member, heartbeat),
      suspicionChanged: member => this.#emitChanged(member),
      sentenced: entry => this.#sentenced(entry),
    });
    this.#tickedAt = clock.now();
    this.#wallOffset = clock.wallTime() - this.#tickedAt;
  }

  /**
   * Makes this node a member. Rejects with `VersionMismatchError` when the cluster runs another minor version, and with
   * `ControlPlaneUnavailableError` when the store is away.
   */
  static async join(options: MembershipOptions): Promise<Membership> {
    const membership = new Membership(options);
    try {
      await membership.#enter();
    } catch (error) {
      membership.#stop('left');
      throw error;
    }
    return membership;
  }

  /** This node's record as it is in the store; its name may differ from the one asked for. */
  get self(): NodeRecord {
    return this.#self.record;
  }

  /** A living member, this node too. */
  get(nodeId: string): Member | undefined {
    return nodeId === this.self.nodeId ? this.#self : this.#roster.living.get(nodeId);
  }

  /** The living members, this node first. */
  *living(): Generator<Member, void> {
    yield this.#self;
    yield* this.#roster.living.values();
  }

  /** Also of one of the newest thousand dead. */
  record(nodeId: string): NodeRecord | undefined {
    return nodeId === this.self.nodeId ? this.self : this.#roster.record(nodeId);
  }

  /** Returns what ends it. Who is a member already is not told. */
  on(listener: MembershipListener): () => void {
    const registration = { listener };
    this.#listeners.add(registration);
    return () => this.#listeners.delete(registration);
  }

  /**
   * Whether this node is a member: ask before serving what came over a link. A promise while that must be found out,
   * because this process did not run for some seconds and may have been declared dead meanwhile. Costs a look at the clock.
   */
  standing(): boolean | Promise<boolean> {
    if (this.#state !== 'member') return false;
    this.#noticePause(this.#clock.now());
    return this.#doubt?.settled ?? true;
  }

  /** What to answer when another node asks, by its `askPeers`, whether this one reaches the store. */
  get storeView(): StoreView {
    return this.standing() === true ? this.#contact.view : 'unsure';
  }

  /** A direct link closed and nobody had asked for that: whether its node lives is found out within a second or so. */
  linkLost(nodeId: string, reason: string): void {
    const member = this.#roster.living.get(nodeId);
    if (this.#state === 'member' && member !== undefined) this.#judge.linkLost(member, reason);
  }

  /** Tells the others soon: at the end of this turn when there was no heartbeat just now, ten times a second at most. */
  loadChanged(): void {
    if (this.#state === 'member') this.#pulse.beatSoon();
  }

  /** From now on this node takes no new work. Rejects with `NodeDiedError` when it was declared dead. */
  async setDraining(): Promise<void> {
    const entry = await this.#nodes.change(this.self.nodeId, record => ({ ...record, state: 'DRAINING' }));
    if (entry === undefined) throw new NodeDiedError(`Node ${this.self.name} is not a member any more`);
    this.#ownRecordIs(entry.record);
  }

  /** Says goodbye; the others learn at once that this node is gone. Resolves also when the store cannot be reached. */
  async leave(reason: string): Promise<void> {
    if (this.#state !== 'member') return;
    this.#stop('left');
    const farewell = this.#buryOwnRecord(`left: ${reason}`).catch(() => {});
    await Promise.race([farewell, new Promise<void>(resolve => this.#clock.after(FAREWELL_MS, resolve))]);
  }

  async #enter(): Promise<void> {
    const { nodeId, version } = this.self;
    this.#endings.push(
      this.#store.serve(pingSubject(nodeId), () => this.#pulse.message()),
      this.#store.serve(opinionSubject(nodeId), suspectId => this.#judge.opinion(suspectId)),
      this.#store.subscribe(ALL_HEARTBEATS, (message, subject) => this.#heartbeat(message, senderOf(subject))),
      this.#store.onAvailable(available => this.#availabilityChanged(available)),
    );
    const others = (await this.#nodes.living()).map(entry => entry.record);
    await checkVersion(this.#store, version, others);
    await this.#enrolSelf(others);
    this.#state = 'member';
    const unwatch = await this.#nodes.watch((id, entry) => this.#told(id, entry));
    this.#endings.push(unwatch);
    if (!this.#isMember()) throw new NodeDiedError(`Node ${this.self.name} was declared dead while it joined`);
    this.#pulse.beat();
    this.#tickedAt = this.#clock.now();
    this.#tick();
    this.#greet();
  }

  /** The first heartbeats come within a second; work that is submitted at once should know more. */
  #greet(): void {
    for (const member of [...this.#roster.living.values()].slice(0, GREETED)) {
      void probe(this.#store, member.record.nodeId, this.#timing.probeTimeout).then(result => {
        if (result.kind === 'answered' && this.#isMember()) this.#heard(member, result.heartbeat);
      });
    }
  }

  async #enrolSelf(others: readonly NodeRecord[]): Promise<void> {
    const wanted = this.self;
    this.#self.record = { ...wanted, name: freeName(wanted.name, others) };
    let revision = await this.#nodes.create(this.self);
    if (revision === undefined) {
      throw new AktisError(`There is a node with the id ${wanted.nodeId} already. Join with a new id each time`);
    }
    // Two that join at the same time may take the same name: the later one gives way.
    for (;;) {
      const entries = (await this.#nodes.living()).filter(({ record }) => record.nodeId !== wanted.nodeId);
      const isTaken = entries.some(other => other.record.name === this.self.name && other.revision < Number(revision));
      if (!isTaken) break;
      const name = freeName(
        wanted.name,
        entries.map(entry => entry.record),
      );
      const entry = await this.#nodes.change(wanted.nodeId, record => ({ ...record, name }));
      if (entry === undefined) throw new NodeDiedError(`Node ${wanted.name} was declared dead while it joined`);
      this.#self.record = entry.record;
      revision = entry.revision;
    }
    const { name } = this.self;
    if (name !== wanted.name) {
      this.#warn(
        `There is a node named ${wanted.name} already; this one is called ${name}. Choose names with --node-name`,
      );
    }
  }

  #isMember(): boolean {
    return this.#state === 'member';
  }

  #tick(): void {
    if (this.#state !== 'member') return;
    const now = this.#clock.now();
    this.#noticePause(now);
    this.#tickedAt = now;
    this.#pulse.beatWhenDue(now);
    if (now - this.#leaseWrittenAt >= this.#timing.lease) this.#writeLease(now);
    this.#contact.tick(now);
    if (this.#contact.lostFor(now) >= this.#timing.storeLossLimit) void this.#storeLost(now);
    if (this.#doubt !== undefined) void this.#readOwnRecord();
    this.#judge.tick(now);
    this.#clock.after(this.#timing.tick, () => this.#tick());
  }

  /** A process that was stopped, or a machine that slept, finds its own clock ahead. */
  #noticePause(now: number): void {
    const wallOffset = this.#clock.wallTime() - now;
    const asleep = wallOffset - this.#wallOffset;
    const pause = Math.max(now - this.#tickedAt, asleep);
    if (pause < this.#timing.suspectAfter) return;
    this.#tickedAt = now;
    this.#wallOffset = wallOffset;
    this.#contact.paused(now);
    this.#pauses++;
    this.#doubt ??= new Doubt();
    this.#doubt.pause = Math.max(this.#doubt.pause, pause);
    // A judge that has this heartbeat and still reads the record cannot condemn; one that read it before loses the race.
    this.#pulse.beat();
    void this.#readOwnRecord();
  }

  #writeLease(now: number): void {
    if (!this.#store.available) return;
    this.#leaseWrittenAt = now;
    this.#store
      .table('leases')
      .put(this.self.nodeId, String(this.#pulse.sequence))
      // It is only a hint, and is written again.
      .catch(() => {});
  }

  #heartbeat(message: string, sender: string): void {
    if (this.#state !== 'member') return;
    if (sender === this.self.nodeId) {
      const sentAt = this.#pulse.sentAt(sequenceOf(message));
      if (sentAt !== undefined) this.#contact.proven(sentAt);
      return;
    }
    const member = this.#roster.living.get(sender);
    if (member !== undefined) this.#heard(member, message);
  }

  #heard(member: RemoteMember, message: string): void {
    const now = this.#clock.now();
    const news = member.hear(message, now);
    if (news === 'stale') return;
    this.#judge.heard(member, now);
    if (news === 'new load') this.#emitChanged(member);
  }

  #availabilityChanged(available: boolean): void {
    this.#contact.availabilityChanged(available);
    if (available && this.#state === 'member') this.#pulse.beat();
  }

  #backInTouch(): void {
    void this.#readOwnRecord();
    this.#writeLease(this.#clock.now());
  }

  /** Others may have declared this node dead, or the store may have lost its record. */
  async #readOwnRecord(): Promise<void> {
    if (this.#isReadingOwnRecord || !this.#store.available) return;
    this.#isReadingOwnRecord = true;
    const { nodeId } = this.self;
    const pauses = this.#pauses;
    try {
      const entry = await (this.#doubt === undefined ? this.#nodes.read(nodeId) : this.#nodes.touch(nodeId));
      if (this.#state !== 'member') return;
      if (entry !== undefined) this.#ownRecordIs(entry.record);
      else if ((this.#doubt?.pause ?? 0) >= this.#timing.deadAfter) {
        this.#fence('its record is gone after it did not run for some time');
      } else await this.#nodes.create(this.self);
      // What was read before the last pause says nothing of the time after it.
      if (this.#pauses === pauses) this.#settleDoubt(true);
    } catch {
      // The store is away: the next tick tries again.
    } finally {
      this.#isReadingOwnRecord = false;
    }
  }

  #ownRecordIs(record: NodeRecord): void {
    if (this.#state !== 'member') return;
    if (record.state === 'DEAD') {
      this.#self.record = record;
      this.#fence(record.deathReason ?? 'it was declared dead');
    } else if (JSON.stringify(record) !== JSON.stringify(this.self)) {
      this.#self.record = record;
      this.#emitChanged(this.#self);
    }
  }

  #settleDoubt(isMember: boolean): void {
    const doubt = this.#doubt;
    this.#doubt = undefined;
    doubt?.settle(isMember);
  }

  /** While the others have the store, they will declare this node dead: it must have stopped by then. */
  async #storeLost(now: number): Promise<void> {
    if (now < this.#askPeersAt) return;
    this.#askPeersAt = Number.POSITIVE_INFINITY;
    const isAlone = this.#roster.living.size === 0;
    const answer = isAlone ? 'nobody has it' : ((await this.#askPeers?.().catch(() => undefined)) ?? 'no peer answers');
    const then = this.#clock.now();
    this.#askPeersAt = then + this.#timing.heartbeat;
    if (this.#state !== 'member' || this.#contact.lostFor(then) < this.#timing.storeLossLimit) return;
    if (answer === 'nobody has it') {
      this.#settleDoubt(true);
      return;
    }
    const seconds = Math.round(this.#contact.lostFor(then) / 1_000);
    const reason = `it could not reach the control store for ${seconds} s, and ${answer}`;
    this.#fence(reason);
    void this.#buryOwnRecordWhenPossible(`fenced itself: ${reason}`);
  }

  #fence(reason: string): void {
    if (this.#state !== 'member') return;
    this.#stop('fenced');
    for (const { listener } of [...this.#listeners]) listener.fenced?.(reason);
  }

  #stop(state: 'left' | 'fenced'): void {
    this.#state = state;
    this.#pulse.stop();
    for (const end of this.#endings.splice(0)) end();
    this.#settleDoubt(false);
  }

  async #buryOwnRecord(reason: string): Promise<void> {
    while ((await this.#nodes.bury(this.self, reason, () => true)) === undefined);
    await this.#store.table('leases').delete(this.self.nodeId);
  }

  /** So that the others need not find out; after a while they have. */
  async #buryOwnRecordWhenPossible(reason: string): Promise<void> {
    const giveUpAt = this.#clock.now() + 10 * this.#timing.deadAfter;
    while (this.#clock.now() < giveUpAt) {
      try {
        return await this.#buryOwnRecord(reason);
      } catch {
        await new Promise<void>(resolve => this.#clock.after(this.#timing.heartbeat, resolve));
      }
    }
  }

  #told(nodeId: string, entry: NodeEntry | undefined): void {
    if (this.#state !== 'member') return;
    // Records of the long dead are removed. One of a living node is only lost when the store lost its data: then the
    // node writes it again.
    if (entry === undefined) this.#roster.forget(nodeId);
    else if (nodeId === this.self.nodeId) this.#ownRecordIs(entry.record);
    else if (entry.record.state === 'DEAD') this.#buried(entry);
    else this.#enrolled(entry.record);
  }

  #enrolled(record: NodeRecord): void {
    const enrolled = this.#roster.enrol(record, this.#clock.now());
    if (enrolled === undefined) return;
    const { member, isNew } = enrolled;
    if (isNew) for (const { listener } of [...this.#listeners]) listener.joined?.(member);
    else this.#emitChanged(member);
  }

  #buried({ record, revision }: NodeEntry): void {
    if (!this.#roster.bury(record, revision)) return;
    for (const { listener } of [...this.#listeners]) listener.died?.(record);
  }

  #sentenced(entry: NodeEntry): void {
    this.#buried(entry);
    for (const { nodeId, revision } of this.#roster.overdue()) this.#nodes.remove(nodeId, revision).catch(() => {});
  }

  #emitChanged(member: Member): void {
    for (const { listener } of [...this.#listeners]) listener.changed?.(member);
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
