import type { Clock } from '../clock.ts';
import type { ControlStore } from '../control-store.ts';
import type { RemoteMember, Self } from './member.ts';
import type { NodeEntry, NodeTable } from './node-table.ts';
import { askOpinion, type Opinion } from './opinion.ts';
import { type ProbeResult, probe } from './probe.ts';
import type { Roster } from './roster.ts';
import type { StoreContact } from './store-contact.ts';
import type { MembershipTiming } from './timing.ts';

/** So many nodes at once look into the silence of one; so many are asked for a second opinion. */
const WATCHERS = 3;

/** What a judge needs to know, and whom it tells. */
export interface Court {
  readonly store: ControlStore;
  readonly nodes: NodeTable;
  readonly self: Self;
  readonly roster: Roster;
  readonly contact: StoreContact;
  readonly clock: Clock;
  readonly timing: MembershipTiming;
  /** Whether this node may judge: it is a member itself, and has not just been frozen. */
  mayJudge(): boolean;
  answered(member: RemoteMember, heartbeat: string): void;
  suspicionChanged(member: RemoteMember): void;
  sentenced(entry: NodeEntry): void;
}

/**
 * Finds out which nodes are dead.
 *
 * ```
 *   link lost ──────────▶ enquiry ── nobody there, twice ─────────────────────────────▶ dead (about 1 s)
 *   silent for 3 s ─▶ suspect ─▶ enquiry ── silent for 10 s, two probes failed,
 *                                           a second node has not heard it either ────▶ dead
 *                                   └── a probe is answered, a heartbeat comes ───────▶ not suspect any more
 * ```
 *
 * A verdict is final, so doubt speaks for the suspect: while the store is away, after this process did not run, and
 * until others have had time to connect again, nothing is concluded from silence.
 */
export class Judge {
  readonly #court: Court;

  constructor(court: Court) {
    this.#court = court;
  }

  tick(now: number): void {
    const { contact, roster } = this.#court;
    if (!contact.isInTouch) return;
    for (const member of roster.living.values()) {
      this.#refreshSuspicion(member, now);
      if (this.#isCalledFor(member, now)) void this.#enquire(member);
    }
  }

  linkLost(member: RemoteMember, reason: string): void {
    const now = this.#court.clock.now();
    member.linkLost = { reason, at: now };
    this.#refreshSuspicion(member, now);
    if (!member.isUnderEnquiry && this.#mayGoOn(member)) void this.#enquire(member);
  }

  /** Whether it is not suspect any more because of that; then this has been told. */
  heard(member: RemoteMember, now: number): boolean {
    if (!member.isSuspect) return false;
    // What was on its way when the link closed arrives within a heartbeat's time.
    if (member.linkLost !== undefined && now - member.linkLost.at >= 2 * this.#court.timing.heartbeat) {
      member.linkLost = undefined;
    }
    this.#refreshSuspicion(member, now);
    return !member.isSuspect;
  }

  #refreshSuspicion(member: RemoteMember, now: number): void {
    const isSuspect =
      member.linkLost !== undefined ||
      !member.wasHeard ||
      this.#silence(member, now) >= this.#court.timing.suspectAfter;
    if (isSuspect === member.isSuspect) return;
    member.isSuspect = isSuspect;
    this.#court.suspicionChanged(member);
  }

  /** What this node knows of another, for a judge elsewhere. */
  opinion(nodeId: string): Opinion {
    const { roster, contact, clock, timing } = this.#court;
    if (roster.isDead(nodeId)) return 'silent';
    const member = roster.living.get(nodeId);
    if (member === undefined || !contact.isInTouch) return 'unsure';
    const now = clock.now();
    if (now - member.heardAt < timing.suspectAfter) return 'heard';
    return this.#silence(member, now) >= timing.suspectAfter ? 'silent' : 'unsure';
  }

  /** For how long nothing was heard of it though it could have been. */
  #silence(member: RemoteMember, now: number): number {
    return now - Math.max(member.heardAt, member.knownSince, this.#court.contact.listeningSince);
  }

  #mayGoOn(member: RemoteMember): boolean {
    const { contact, roster } = this.#court;
    return this.#court.mayJudge() && contact.isInTouch && roster.living.get(member.record.nodeId) === member;
  }

  #isCalledFor(member: RemoteMember, now: number): boolean {
    if (member.isUnderEnquiry || !this.#court.mayJudge()) return false;
    if (member.linkLost !== undefined) return true;
    const { suspectAfter, deadAfter } = this.#court.timing;
    const silence = this.#silence(member, now);
    return silence >= suspectAfter && (silence >= 2 * deadAfter || this.#isWatcherOf(member));
  }

  /** With a thousand nodes not all may probe: those do that follow the suspect in the circle of ids, suspects left out. */
  #isWatcherOf(member: RemoteMember): boolean {
    const from = member.record.nodeId;
    const to = this.#court.self.record.nodeId;
    let between = 0;
    for (const [nodeId, { isSuspect }] of this.#court.roster.living) {
      if (isSuspect) continue;
      const isBetween = from < to ? from < nodeId && nodeId < to : from < nodeId || nodeId < to;
      if (isBetween && ++between >= WATCHERS) return false;
    }
    return true;
  }

  async #enquire(member: RemoteMember): Promise<void> {
    const { store, clock, timing } = this.#court;
    member.isUnderEnquiry = true;
    let failed = 0;
    let nobody = 0;
    while (this.#mayGoOn(member)) {
      const known = { at: clock.now(), heardAt: member.heardAt };
      // When it crashed, the store may not know yet and forward the first probe to nobody.
      const patience = member.linkLost === undefined ? timing.probeTimeout : timing.probeGap;
      const result = await probe(store, member.record.nodeId, patience);
      if (!this.#mayGoOn(member)) break;
      if (result.kind === 'answered') {
        this.#acquit(member, result);
        break;
      }
      failed++;
      nobody = result.kind === 'nobody' && this.#court.contact.isSettled ? nobody + 1 : 0;
      const reason = failed < 2 ? undefined : await this.#grounds(member, nobody, failed);
      if (reason !== undefined && (await this.#sentence(member, reason, known))) break;
      if (member.linkLost === undefined && this.#silence(member, clock.now()) < timing.suspectAfter) break;
      await new Promise<void>(resolve => clock.after(timing.probeGap, resolve));
    }
    member.isUnderEnquiry = false;
  }

  #acquit(member: RemoteMember, { heartbeat }: ProbeResult & { kind: 'answered' }): void {
    member.linkLost = undefined;
    this.#court.answered(member, heartbeat);
    this.#refreshSuspicion(member, this.#court.clock.now());
  }

  /** Why the member is to be declared dead, or undefined when that is not sure. */
  async #grounds(member: RemoteMember, nobody: number, failed: number): Promise<string | undefined> {
    const { clock, timing, self, store } = this.#court;
    if (member.linkLost !== undefined && nobody >= 2) {
      return `crashed: its link to ${self.record.name} closed (${member.linkLost.reason}), and nobody answers for it`;
    }
    const silence = this.#silence(member, clock.now());
    if (silence < timing.deadAfter) return undefined;
    if (!member.wasHeard && nobody >= 2) {
      const lease = await store
        .table('leases')
        .get(member.record.nodeId)
        .catch(() => 'unknown');
      if (lease === undefined) return 'left over from an earlier life of the cluster: nobody answers for it';
    }
    if (member.record.kind === 'driver' && silence < timing.driverDeadAfter) return undefined;
    const second = await this.#secondOpinion(member, failed);
    if (second === undefined) return undefined;
    const seconds = Math.round(silence / 1_000);
    return `silent for ${seconds} s: ${self.record.name} heard no heartbeat and got no answer to ${failed} probes${second}`;
  }

  /** In words who else has not heard it; undefined when somebody has, or nobody could say. */
  async #secondOpinion(suspect: RemoteMember, attempt: number): Promise<string | undefined> {
    const { store, roster, timing } = this.#court;
    const witnesses = [...roster.living.values()].filter(member => !member.isSuspect && member !== suspect);
    if (witnesses.length === 0) return '; there is no other node to ask';
    const first = ((attempt - 2) * WATCHERS) % witnesses.length;
    const asked = [...witnesses.slice(first), ...witnesses.slice(0, first)].slice(0, WATCHERS);
    const opinions = await Promise.all(
      asked.map(({ record }) => askOpinion(store, record.nodeId, suspect.record.nodeId, timing.probeTimeout)),
    );
    if (opinions.includes('heard')) return undefined;
    const witness = asked[opinions.indexOf('silent')];
    return witness === undefined ? undefined : `; ${witness.record.name} has not heard it either`;
  }

  /** Whether the member is dead now. */
  async #sentence(member: RemoteMember, reason: string, known: { at: number; heardAt: number }): Promise<boolean> {
    const { nodes, clock, timing } = this.#court;
    // Facts that were gathered before this process was frozen are worth nothing.
    const limit = 2 * timing.probeTimeout + timing.suspectAfter;
    const stillHolds = () =>
      this.#mayGoOn(member) && member.heardAt === known.heardAt && clock.now() - known.at < limit;
    try {
      const entry = await nodes.bury(member.record, reason, stillHolds);
      if (entry !== undefined) this.#court.sentenced(entry);
      return entry !== undefined;
    } catch {
      // The store went away: no verdict.
      return false;
    }
  }
}
