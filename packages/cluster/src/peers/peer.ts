import { type Callable, type Holdable, type Job, NodeOp, type ToPeer } from '@aktis/core';
import { HandleCounts } from '@aktis/core/hub';
import type { CloseReason, Intake, Link, Message } from '@aktis/transport';

/** What a peer needs from this node. */
export interface PeerHome {
  receive(peer: Peer, message: ToPeer): void;
  /** Where the large bytes go that end `message` and are about to come: see `Link`. */
  intakeFor(peer: Peer, message: ToPeer, bytes: number): Intake | undefined;
  /** The connection is gone, and with it all that was under way on it. */
  lost(peer: Peer, reason: CloseReason): void;
  /** Whether this node is a member of the cluster; a promise while that is in doubt. */
  standing(): boolean | Promise<boolean>;
  /** The facts of a job, for a node that has not heard of it. */
  describe(job: Job | undefined): { readonly id: string; readonly facts: string };
}

/** Opens a link to the peer. */
export type Dial = (channel: 'calls' | 'bulk') => Promise<Link>;

/**
 * Another node as this one sees it: the links to it, opened when first needed, what it holds of ours, and which
 * callables it has been told of.
 */
export class Peer {
  readonly nodeId: string;
  /** What that node has handles on. */
  readonly handles = new HandleCounts(({ id }) => this.copies.delete(id));
  /** Of which objects of ours it has copies (2), or is about to have one (1). */
  readonly copies = new Map<number, 1 | 2>();
  /** Callables it introduced, by its numbers. */
  readonly foreign: (Callable | undefined)[] = [];
  /** Jobs it introduced; undefined: this node's own. */
  readonly jobs = new Map<string, Promise<Job | undefined>>();
  isGone = false;
  /** Milliseconds to it and back, as far as answers have shown; 0 at first. */
  roundTrip = 0;
  readonly #home: PeerHome;
  readonly #dial: Dial;
  readonly #channels = { calls: new Channel(), bulk: new Channel() };
  /** All there are, also those on which this node only receives. */
  readonly #links = new Set<Link>();
  /** Messages that wait until something before them has been dealt with. */
  #held: ToPeer[] | null = null;
  readonly #introduced: boolean[] = [];
  readonly #introducedJobs = new Set<string>();

  constructor(nodeId: string, home: PeerHome, dial: Dial) {
    this.nodeId = nodeId;
    this.#home = home;
    this.#dial = dial;
  }

  send(message: ToPeer): void {
    this.#send('calls', message);
  }

  /** What is large goes on a link of its own, so that calls never wait behind it. */
  sendBulk(message: ToPeer): void {
    this.#send('bulk', message);
  }

  /**
   * Asks for something large. The first to ask opens the link it comes on: who opens a link reads from it with less effort
   * (`connect.ts` of the transport).
   */
  sendForBulk(message: ToPeer): void {
    this.#send(this.#channels.bulk.state === 'open' ? 'calls' : 'bulk', message);
  }

  /** Resolves when the bulk link can take more. */
  async bulkDrained(): Promise<void> {
    const { link } = this.#channels.bulk;
    if (link === null || !link.full || this.isGone) return;
    await new Promise<void>(resolve => this.#channels.bulk.waiting.push(resolve));
  }

  /** The peer has opened a link to this node. */
  accept(channel: 'calls' | 'bulk', link: Link): void {
    // Both may have dialled at the same time; then each sends on its own link, and receives on both.
    const sends = this.#channels[channel].state === 'closed';
    this.#channels[channel].isAccepted = true;
    this.#adopt(channel, link, sends);
  }

  /** It has a link open that the peer opened. The peer opens one in its life: a second one means that it gave up the first. */
  hasAccepted(channel: 'calls' | 'bulk'): boolean {
    return this.#channels[channel].isAccepted;
  }

  /** The peer does not know of these links any more. */
  supersede(): void {
    this.#end({ message: 'the other end connected anew', expected: false });
  }

  /** Tells the peer of `callable`; returns its number. */
  introduce(callable: Callable): number {
    const { number } = callable;
    if (this.#introduced[number] === true) return number;
    this.#introduced[number] = true;
    const { id, facts } = this.#home.describe(callable.job);
    if (!this.#introducedJobs.has(id)) {
      this.#introducedJobs.add(id);
      this.send([NodeOp.Job, id, facts]);
    }
    this.send([NodeOp.Define, number, callable.definition.key, callable.wire, id]);
    return number;
  }

  hold(item: Holdable): void {
    this.handles.add(item);
  }

  close(reason: string): void {
    for (const link of this.#links) link.close(reason);
    this.#end({ message: reason, expected: true });
  }

  #send(name: 'calls' | 'bulk', message: ToPeer): void {
    if (this.isGone) return;
    const channel = this.#channels[name];
    if (channel.link !== null) channel.link.send(message as unknown as Message);
    else {
      channel.unsent.push(message as unknown as Message);
      if (channel.state === 'closed') void this.#open(name);
    }
  }

  async #open(name: 'calls' | 'bulk'): Promise<void> {
    this.#channels[name].state = 'opening';
    try {
      this.#adopt(name, await this.#dial(name), true);
    } catch (error) {
      this.#end({ message: `no connection could be made: ${(error as Error).message}`, expected: false });
    }
  }

  /** What comes now is dealt with only when `until` is settled. */
  pauseUntil(until: Promise<void>): void {
    const held: ToPeer[] = [];
    this.#held = held;
    const goOn = () => {
      const standing = this.#home.standing();
      if (standing instanceof Promise) {
        standing.then(goOn, goOn);
        return;
      }
      if (this.#held === held) this.#held = null;
      if (!standing) return;
      // One of these may pause again; the rest then waits with what comes behind it.
      for (const message of held) this.#receive(message);
    };
    until.then(goOn, goOn);
  }

  /** A node that may have been declared dead serves nobody until it knows. */
  #receiveAll(batch: readonly ToPeer[]): void {
    if (this.#held === null) {
      const standing = this.#home.standing();
      if (standing === false) return;
      if (standing !== true) this.pauseUntil(standing.then(() => {}));
    }
    for (const message of batch) this.#receive(message);
  }

  #receive(message: ToPeer): void {
    if (this.isGone) return;
    if (this.#held !== null) this.#held.push(message);
    else this.#home.receive(this, message);
  }

  /** What must wait is gathered first, and waits as a message. */
  #intakeFor(message: ToPeer, bytes: number): Intake | undefined {
    if (this.isGone || this.#held !== null || this.#home.standing() !== true) return undefined;
    return this.#home.intakeFor(this, message, bytes);
  }

  #adopt(name: 'calls' | 'bulk', link: Link, sends: boolean): void {
    if (this.isGone) {
      link.close('this node takes the other for dead');
      return;
    }
    const channel = this.#channels[name];
    this.#links.add(link);
    link.onMessages = batch => this.#receiveAll(batch as unknown as readonly ToPeer[]);
    link.intakeFor = (message, bytes) => this.#intakeFor(message as unknown as ToPeer, bytes);
    link.onClose = reason => {
      this.#links.delete(link);
      this.#end(reason);
    };
    if (!sends) return;
    channel.state = 'open';
    channel.link = link;
    link.onDrain = () => channel.drained();
    for (const message of channel.unsent) link.send(message);
    channel.unsent = [];
  }

  #end(reason: CloseReason): void {
    if (this.isGone) return;
    this.isGone = true;
    for (const link of this.#links) link.close(reason.message);
    for (const channel of Object.values(this.#channels)) {
      channel.unsent = [];
      channel.drained();
    }
    this.handles.clear();
    this.#home.lost(this, reason);
  }
}

class Channel {
  state: 'closed' | 'opening' | 'open' = 'closed';
  link: Link | null = null;
  isAccepted = false;
  /** Sent before the link was there. */
  unsent: Message[] = [];
  waiting: (() => void)[] = [];

  drained(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
