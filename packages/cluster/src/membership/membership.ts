import { NodeDiedError } from '@aktis/core';
import { type Clock, systemClock } from '../clock.ts';
import type { ControlStore } from '../control-store.ts';
import type { NodeRecord } from '../records.ts';
import { enrol } from './enrolment.ts';
import { ALL_HEARTBEATS, type Load, sequenceOf } from './heartbeat.ts';
import { Judge } from './judge.ts';
import { type Member, type RemoteMember, Self } from './member.ts';
import { type NodeEntry, NodeTable } from './node-table.ts';
import { opinionSubject } from './opinion.ts';
import type { PeersAnswer, StoreView } from './peers-answer.ts';
import { pingSubject, probe } from './probe.ts';
import { Pulse } from './pulse.ts';
import { Roster } from './roster.ts';
import { Standing } from './standing.ts';
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
  readonly #warn: (message: string) => void;
  readonly #self: Self;
  readonly #roster = new Roster();
  readonly #contact: StoreContact;
  readonly #pulse: Pulse;
  readonly #judge: Judge;
  readonly #standing: Standing;
  readonly #listeners = new Set<{ readonly listener: MembershipListener }>();
  /** What ends subscriptions, services and watches. */
  readonly #endings: (() => void)[] = [];
  #leaseWrittenAt = Number.NEGATIVE_INFINITY;

  private constructor(options: MembershipOptions) {
    const { store, record, load, clock = systemClock } = options;
    this.#store = store;
    this.#clock = clock;
    this.#timing = { ...defaultTiming, ...options.timing };
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
    this.#standing = new Standing({
      store,
      nodes: this.#nodes,
      self: this.#self,
      contact: this.#contact,
      pulse: this.#pulse,
      clock,
      timing: this.#timing,
      isAlone: () => this.#roster.living.size === 0,
      askPeers: options.askPeers,
      recordChanged: () => this.#emitChanged(this.#self),
      ended: reason => this.#ended(reason),
    });
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
      membership.#standing.giveUp();
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

  /** The newest thousand that have left or died. */
  dead(): Generator<NodeRecord, void> {
    return this.#roster.dead();
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
    return this.#standing.ask();
  }

  /** What to answer when another node asks, by its `askPeers`, whether this one reaches the store. */
  get storeView(): StoreView {
    return this.standing() === true ? this.#contact.view : 'unsure';
  }

  /** A direct link closed and nobody had asked for that: whether its node lives is found out within a second or so. */
  linkLost(nodeId: string, reason: string): void {
    const member = this.#roster.living.get(nodeId);
    if (this.#standing.isMember && member !== undefined) this.#judge.linkLost(member, reason);
  }

  /** Tells the others soon: at the end of this turn when there was no heartbeat just now, ten times a second at most. */
  loadChanged(): void {
    if (this.#standing.isMember) this.#pulse.beatSoon();
  }

  /** From now on this node takes no new work. Rejects with `NodeDiedError` when it was declared dead. */
  async setDraining(drain?: NodeRecord['drain']): Promise<void> {
    const entry = await this.#nodes.change(this.self.nodeId, record => ({
      ...record,
      state: 'DRAINING',
      ...(drain && { drain }),
    }));
    if (entry === undefined) throw new NodeDiedError(`Node ${this.self.name} is not a member any more`);
    this.#standing.recordIs(entry.record);
  }

  /** Says goodbye; the others learn at once that this node is gone. Resolves also when the store cannot be reached. */
  async leave(reason: string): Promise<void> {
    if (!this.#standing.isMember) return;
    const farewell = this.#standing.leave(reason).then(
      () => this.#clearGraves(),
      () => {},
    );
    await Promise.race([farewell, new Promise<void>(resolve => this.#clock.after(FAREWELL_MS, resolve))]);
  }

  async #enter(): Promise<void> {
    const { nodeId, version } = this.self;
    this.#endings.push(
      this.#store.serve(pingSubject(nodeId), () => this.#pulse.message()),
      this.#store.serve(opinionSubject(nodeId), suspectId => this.#judge.opinion(suspectId)),
      this.#store.subscribe(ALL_HEARTBEATS, (message, subject) => this.#heartbeat(message, subject)),
      this.#store.onAvailable(available => this.#availabilityChanged(available)),
    );
    const others = (await this.#nodes.living()).map(entry => entry.record);
    await checkVersion(this.#store, version, others);
    this.#self.record = await enrol(this.#nodes, this.self, others, this.#warn);
    this.#standing.joined();
    const unwatch = await this.#nodes.watch((id, entry) => this.#told(id, entry));
    this.#endings.push(unwatch);
    if (!this.#standing.isMember) throw new NodeDiedError(`Node ${this.self.name} was declared dead while it joined`);
    this.#pulse.beat();
    this.#tick();
    this.#greet();
  }

  /** The first heartbeats come within a second; work that is submitted at once should know more. */
  #greet(): void {
    for (const member of [...this.#roster.living.values()].slice(0, GREETED)) {
      void probe(this.#store, member.record.nodeId, this.#timing.probeTimeout).then(result => {
        if (result.kind === 'answered' && this.#standing.isMember) this.#heard(member, result.heartbeat);
      });
    }
  }

  #tick(): void {
    if (!this.#standing.isMember) return;
    const now = this.#clock.now();
    this.#standing.tick(now);
    this.#pulse.beatWhenDue(now);
    if (now - this.#leaseWrittenAt >= this.#timing.lease) this.#writeLease(now);
    this.#contact.tick(now);
    this.#judge.tick(now);
    this.#clock.after(this.#timing.tick, () => this.#tick());
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

  #heartbeat(message: string, subject: string): void {
    if (!this.#standing.isMember) return;
    const member = this.#roster.bySubject.get(subject);
    if (member !== undefined) {
      this.#heard(member, message);
    } else if (subject === this.#pulse.subject) {
      const sentAt = this.#pulse.sentAt(sequenceOf(message));
      if (sentAt !== undefined) this.#contact.proven(sentAt);
    }
  }

  #heard(member: RemoteMember, message: string): void {
    const now = this.#clock.now();
    const news = member.hear(message, now);
    if (news === 'stale') return;
    const isTold = this.#judge.heard(member, now);
    if (news === 'new load' && !isTold) this.#emitChanged(member);
  }

  #availabilityChanged(available: boolean): void {
    this.#contact.availabilityChanged(available);
    if (available && this.#standing.isMember) this.#pulse.beat();
  }

  #backInTouch(): void {
    void this.#standing.readRecord();
    this.#writeLease(this.#clock.now());
  }

  #ended(fencedBecause: string | undefined): void {
    this.#pulse.stop();
    for (const end of this.#endings.splice(0)) end();
    if (fencedBecause === undefined) return;
    for (const { listener } of [...this.#listeners]) listener.fenced?.(fencedBecause);
  }

  #told(nodeId: string, entry: NodeEntry | undefined): void {
    if (!this.#standing.isMember) return;
    // Records of the long dead are removed. One of a living node is only lost when the store lost its data: then the
    // node writes it again.
    if (entry === undefined) this.#roster.forget(nodeId);
    else if (nodeId === this.self.nodeId) this.#standing.recordIs(entry.record);
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
    void this.#clearGraves();
  }

  /** Who adds one to the dead, another or itself, removes those that are too many. */
  async #clearGraves(): Promise<void> {
    const overdue = [...this.#roster.overdue()];
    await Promise.allSettled(overdue.map(({ nodeId, revision }) => this.#nodes.remove(nodeId, revision)));
  }

  #emitChanged(member: Member): void {
    for (const { listener } of [...this.#listeners]) listener.changed?.(member);
  }
}
