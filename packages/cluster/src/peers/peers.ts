import type { Link } from '@aktis/transport';
import { Peer, type PeerHome } from './peer.ts';

/** A link that broke to a node that is still a member after this long was only a link: a death is known by then. */
export const ONLY_A_LINK_MS = 2_000;

/** The other nodes this one has to do with. */
export class Peers {
  readonly #home: PeerHome;
  readonly #dial: (nodeId: string, channel: 'calls' | 'bulk') => Promise<Link>;
  /** Whether a node is a living member. */
  readonly #lives: (nodeId: string) => boolean;
  readonly #peers = new Map<string, Peer>();

  constructor(
    home: PeerHome,
    dial: (nodeId: string, channel: 'calls' | 'bulk') => Promise<Link>,
    lives: (nodeId: string) => boolean,
  ) {
    this.#home = home;
    this.#dial = dial;
    this.#lives = lives;
  }

  /** Undefined: it is not a living member. */
  living(nodeId: string): Peer | undefined {
    const peer = this.#peers.get(nodeId);
    if (peer !== undefined && !peer.isGone) return peer;
    if (!this.#lives(nodeId)) return undefined;
    return this.#add(nodeId);
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
