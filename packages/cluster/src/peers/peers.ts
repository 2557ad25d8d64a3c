import type { Link } from '@aktis/transport';
import { type Clock, systemClock } from '../clock.ts';
import { Peer, type PeerHome } from './peer.ts';

/** A link that broke to a node that is still a member after this long was only a link: a death is known by then. */
export const ONLY_A_LINK_MS = 2_000;

/** Others may have heard of a node that has just joined so much earlier than this one. */
const NEWS_MS = 10_000;
const LOOK_MS = 50;

type Meeting = (peer: Peer | undefined) => void;

/** What peers need to know of the members of the cluster. */
interface Members {
  /** Whether a node is a living member. */
  lives(nodeId: string): boolean;
  /** Undefined: this node has not heard of it. */
  record(nodeId: string): unknown;
}

/** The other nodes this one has to do with. */
export class Peers {
  readonly #home: PeerHome;
  readonly #dial: (nodeId: string, channel: 'calls' | 'bulk') => Promise<Link>;
  readonly #members: Members;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #peers = new Map<string, Peer>();
  /** Who waits for news of nodes this one has not heard of, in turn. */
  readonly #meetings = new Map<string, Meeting[]>();

  constructor(
    home: PeerHome,
    dial: (nodeId: string, channel: 'calls' | 'bulk') => Promise<Link>,
    members: Members,
    clock: Pick<Clock, 'after'> = systemClock,
  ) {
    this.#home = home;
    this.#dial = dial;
    this.#members = members;
    this.#clock = clock;
  }

  /** Undefined: it is not a living member. */
  living(nodeId: string): Peer | undefined {
    const peer = this.#peers.get(nodeId);
    if (peer !== undefined && !peer.isGone) return peer;
    if (!this.#members.lives(nodeId)) return undefined;
    return this.#add(nodeId);
  }

  /**
   * Calls back with a living member, or with undefined if it is none: at once, unless this node has not heard of it. Then it may
   * have just joined, and the news is waited for. Who asks first is called first.
   */
  meet(nodeId: string, meeting: Meeting): void {
    const others = this.#meetings.get(nodeId);
    if (others !== undefined) others.push(meeting);
    else if (this.#isStranger(nodeId)) {
      this.#meetings.set(nodeId, [meeting]);
      this.#awaitNews(nodeId, NEWS_MS);
    } else {
      meeting(this.living(nodeId));
    }
  }

  #isStranger(nodeId: string): boolean {
    return this.living(nodeId) === undefined && this.#members.record(nodeId) === undefined;
  }

  #awaitNews(nodeId: string, left: number): void {
    this.#clock.after(LOOK_MS, () => {
      if (left > LOOK_MS && this.#isStranger(nodeId)) {
        this.#awaitNews(nodeId, left - LOOK_MS);
        return;
      }
      const meetings = this.#meetings.get(nodeId) ?? [];
      this.#meetings.delete(nodeId);
      for (const meeting of meetings) meeting(this.living(nodeId));
    });
  }

  /** Who has opened a link to this node; it may be a member this node has not heard of yet. */
  accepted(nodeId: string, channel: 'calls' | 'bulk'): Peer {
    const peer = this.#peers.get(nodeId);
    if (peer?.isGone === false && peer.hasAccepted(channel)) peer.supersede();
    return peer === undefined || peer.isGone ? this.#add(nodeId) : peer;
  }

  known(nodeId: string): Peer | undefined {
    return this.#peers.get(nodeId);
  }

  *all(): Generator<Peer> {
    for (const peer of this.#peers.values()) if (!peer.isGone) yield peer;
  }

  close(reason: string): void {
    for (const peer of this.#peers.values()) peer.close(reason);
  }

  #add(nodeId: string): Peer {
    const peer = new Peer(nodeId, this.#home, channel => this.#dial(nodeId, channel));
    this.#peers.set(nodeId, peer);
    return peer;
  }
}
