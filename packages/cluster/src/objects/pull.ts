import { types } from 'node:util';
import { type Content, type Demand, type Holdable, ObjectLostError, type Urgency } from '@aktis/core';
import type { BufferPart, Intake, Payload, WireReference } from '@aktis/transport';
import type { Peer } from '../peers/peer.ts';
import type { ForeignName } from './foreign-objects.ts';
import { ObjectBytes } from './object-bytes.ts';
import type { QueuedPull } from './pull-queue.ts';
import { type RangeRequest, rarest, Supplier } from './supplier.ts';

/** A larger object is fetched in ranges, from all who have them. */
const SPREAD_ABOVE = 16 * 2 ** 20;
const RANGE_BYTES = 4 * 2 ** 20;
/** So many ranges are asked for at a time from one node: the next is on its way while one arrives. */
const AT_ONCE = 3;
/** So many of one that has all of it, while others bring it too: what it need not send to each, they give to each other. */
const AT_ONCE_OF_WHOLE = 1;
/** Who sends nothing for so long has its ranges asked for elsewhere, if anybody else has them. */
const STALL_MS = 2_000;

export interface Copy {
  readonly payload: Payload;
  readonly contains: readonly Holdable[] | null;
  /** Names the bytes: copies of one making are the same. */
  readonly making: string;
}

/** What a pull needs of those that bring objects here. */
export interface PullHome {
  /** Undefined: that node is gone. */
  living(nodeId: string): Peer | undefined;
  /** Asks `peer` for a range; returns the number of the request. */
  fetch(pull: Pull, peer: Peer, from: number, to: number, making: string): number;
  /** No answer is expected any more. */
  unexpect(request: number): void;
  /** Asks who else brings this object. */
  seek(pull: Pull): void;
  /** Tells `peer` what of the object is here. */
  tell(pull: Pull, peer: Peer, ranges: readonly number[] | null): void;
  /** In milliseconds. */
  now(): number;
  /** Calls again and again, until the returned function is called. */
  every(milliseconds: number, callback: () => void): () => void;
  /** References as they are called here. */
  incoming(references: Payload, peer: Peer): { payload: Payload; contains: readonly Holdable[] | null };
}

/** What the object looks like; its bytes come after. */
interface Head {
  readonly making: string;
  readonly supplier: Supplier;
  readonly text: string | null;
  readonly buffers: readonly BufferPart[];
  readonly references: readonly WireReference[] | null;
  readonly contains: readonly Holdable[] | null;
  readonly bytes: ObjectBytes;
}

/**
 * One object on its way here.
 *
 * ```
 *   queued ──▶ asks for the head ──▶ asks for ranges ──▶ here
 *     │           │     ▲                │  from each supplier what it has and nobody else was asked for, rarest first
 *     ▼           ▼     └────────────────┤  a supplier that dies or stalls: its ranges are asked for elsewhere
 *   dropped     lost ◀───────────────────┘  none is left
 * ```
 */
export class Pull implements QueuedPull {
  readonly name: ForeignName;
  readonly bytes: number;
  readonly demands = new Set<Demand>();
  readonly copy: Promise<Copy>;
  isOver = false;
  readonly #home: PullHome;
  readonly #nodes: readonly string[];
  readonly #suppliers = new Map<Peer, Supplier>();
  #head: Head | null = null;
  readonly #missing = new Set<number>();
  #ranges = 0;
  #reason = 'no node has it';
  #unwatch: (() => void) | undefined;
  #resolve!: (copy: Copy) => void;
  #reject!: (error: Error) => void;

  /** @param nodes have all of it, as far as is known */
  constructor(home: PullHome, name: ForeignName, bytes: number, nodes: readonly string[]) {
    this.#home = home;
    this.name = name;
    this.bytes = bytes;
    this.#nodes = nodes;
    this.copy = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.copy.catch(() => {});
  }

  get urgency(): Urgency | undefined {
    const wishes = [...this.demands].flatMap(({ urgency }) => urgency ?? []);
    return wishes.length === 0 ? undefined : (Math.min(...wishes) as Urgency);
  }

  /** It has begun, and is not over. */
  get isActive(): boolean {
    return this.#unwatch !== undefined && !this.isOver;
  }

  get isSpread(): boolean {
    return this.bytes > SPREAD_ABOVE;
  }

  get making(): string {
    return this.#head?.making ?? '';
  }

  /** The ranges that are here. */
  get ranges(): number[] {
    return Array.from({ length: this.#ranges }, (_, range) => range).filter(range => !this.#missing.has(range));
  }

  /** Bytes `from` to `to`, if they are here already. */
  part(from: number, to: number): ObjectBytes | undefined {
    if (this.#head === null || !this.isSpread || to > this.#head.bytes.total) return undefined;
    for (let range = Math.floor(from / RANGE_BYTES); range * RANGE_BYTES < to; range++) {
      if (this.#missing.has(range)) return undefined;
    }
    return this.#head.bytes;
  }

  begin(): Promise<void> {
    for (const nodeId of this.#nodes) {
      const peer = this.#home.living(nodeId);
      if (peer !== undefined) this.#suppliers.set(peer, new Supplier(peer, null));
      else this.#reason = `node ${nodeId}, where it lay, is gone`;
    }
    this.#unwatch = this.#home.every(STALL_MS / 2, () => this.#lookForStalled());
    if (this.isSpread) this.#home.seek(this);
    this.#askForHead();
    return this.copy.then(
      () => {},
      () => {},
    );
  }

  drop(): void {
    for (const demand of this.demands) demand.isDropped = true;
    this.#end();
    this.#reject(new ObjectLostError('Nobody wants the object any more'));
  }

  /** These bring it, too, or have it. */
  join(peers: Iterable<Peer>): void {
    for (const peer of peers) {
      if (this.#suppliers.has(peer)) continue;
      this.#suppliers.set(peer, new Supplier(peer, new Set()));
      this.#home.tell(this, peer, this.ranges);
    }
  }

  /** `peer` says what it has. Returns whether it was not known before. */
  told(peer: Peer, making: string, ranges: readonly number[] | null): boolean {
    let supplier = this.#suppliers.get(peer);
    const isNew = supplier === undefined;
    if (supplier === undefined) this.#suppliers.set(peer, (supplier = new Supplier(peer, new Set())));
    if (making !== '') supplier.making = making;
    if (ranges === null) supplier.has = null;
    else for (const range of ranges) supplier.has?.add(range);
    this.#goOn();
    return isNew;
  }

  content(request: number, peer: Peer, [, , making, text, lengths, references]: Content): void {
    const heard = this.#heard(request, peer);
    // What refers to something is held by its sender for this node, also when it comes too late.
    const { payload, contains } = this.#home.incoming(
      references === null ? '' : ['', [], references as WireReference[]],
      peer,
    );
    if (heard === undefined) return;
    const [supplier, asked] = heard;
    if (this.#head?.supplier.isStalled === true && this.#head.making !== making) this.#forgetHead(request);
    if (this.#head === null) {
      try {
        const buffers = lengths.map(length => (length < 0 ? new SharedArrayBuffer(-length) : new Uint8Array(length)));
        const bytes = new ObjectBytes(buffers);
        const renamed = typeof payload === 'string' ? null : payload[2];
        this.#head = { making, supplier, text, buffers, references: renamed, contains, bytes };
      } catch (error) {
        this.#fail(
          new ObjectLostError(`An object cannot be brought here: ${(error as Error).message}`, { cause: error }),
        );
        return;
      }
      this.#ranges = this.isSpread ? Math.ceil(this.#head.bytes.total / RANGE_BYTES) : 1;
      for (let range = 0; range < this.#ranges; range++) this.#missing.add(range);
    }
    supplier.making = making;
    asked.to = Math.min(asked.to, this.#head.bytes.total);
    if (making !== this.#head.making || asked.at === asked.to) this.#settled(supplier, request);
    if (asked.at === asked.to && asked.range >= 0) this.#missing.delete(asked.range);
    this.#goOn();
  }

  refused(request: number, peer: Peer, error: Error): void {
    const heard = this.#heard(request, peer);
    if (heard !== undefined) this.#lose(heard[0], error.message);
  }

  /** A piece has come. */
  chunk(request: number, peer: Peer, at: number, bytes: Uint8Array): void {
    this.intakeFor(request, peer, at, types.isUint8Array(bytes) ? bytes.byteLength : 0)?.(bytes);
  }

  /** A piece of so many bytes is about to come, and goes straight to its place. Undefined: nobody wants it. */
  intakeFor(request: number, peer: Peer, at: number, size: number): Intake | undefined {
    if (this.#expected(request, peer, at, size) === undefined) return undefined;
    let next = at;
    return bytes => {
      // Meanwhile the range may have come from elsewhere, or another piece may have been sent for it: then these are lost.
      this.#take(request, peer, next, bytes);
      next += bytes.byteLength;
    };
  }

  lost(peer: Peer): void {
    const supplier = this.#suppliers.get(peer);
    if (supplier !== undefined) this.#lose(supplier, `node ${peer.nodeId}, where it lay, is gone`);
  }

  #heard(request: number, peer: Peer): [Supplier, RangeRequest] | undefined {
    const supplier = this.#suppliers.get(peer);
    const asked = supplier?.requests.get(request);
    if (supplier === undefined || asked === undefined) return undefined;
    supplier.lastHeard = this.#home.now();
    supplier.isStalled = false;
    return [supplier, asked];
  }

  /** What was asked for, if that is it. Who sends anything else is not asked again. */
  #expected(request: number, peer: Peer, at: number, size: number): [Supplier, RangeRequest] | undefined {
    const heard = this.#heard(request, peer);
    if (heard === undefined || this.#head === null) return undefined;
    const [supplier, asked] = heard;
    if (size > 0 && at === asked.at && at + size <= asked.to) return heard;
    this.#lose(supplier, `node ${peer.nodeId} sent other bytes of it than it was asked for`);
    return undefined;
  }

  #take(request: number, peer: Peer, at: number, bytes: Uint8Array): void {
    const expected = this.#expected(request, peer, at, bytes.byteLength);
    if (expected === undefined) return;
    const [supplier, asked] = expected;
    // What is here already is not touched again: it may be on its way to others, or in use.
    if (this.#missing.has(asked.range)) this.#head?.bytes.write(at, bytes);
    asked.at += bytes.byteLength;
    if (asked.at < asked.to) return;
    this.#settled(supplier, request);
    if (this.#missing.delete(asked.range) && this.isSpread) this.#tellOthers([asked.range]);
    this.#goOn();
  }

  #settled(supplier: Supplier, request: number): void {
    supplier.requests.delete(request);
    this.#home.unexpect(request);
  }

  #lose(supplier: Supplier, reason: string): void {
    this.#reason = reason;
    for (const request of [...supplier.requests.keys()]) this.#settled(supplier, request);
    this.#suppliers.delete(supplier.peer);
    // Of what it names it may have been the only holder: another one must say what that is.
    const needsHead = !this.isSpread || (supplier.peer.isGone && (this.#head?.references?.length ?? 0) > 0);
    if (this.#head?.supplier === supplier && needsHead) this.#forgetHead();
    this.#goOn();
  }

  /** All begins anew, but for what is known already to come from another supplier. */
  #forgetHead(but = -1): void {
    this.#head = null;
    this.#missing.clear();
    this.#ranges = 0;
    for (const supplier of this.#suppliers.values()) {
      const left = [...supplier.requests.keys()].filter(request => request !== but);
      supplier.wasAsked = supplier.requests.has(but);
      for (const request of left) this.#settled(supplier, request);
    }
  }

  #goOn(): void {
    if (this.isOver) return;
    if (this.#head === null) this.#askForHead();
    else if (this.#missing.size === 0) this.#finish(this.#head);
    else if (this.isSpread) this.#askForRanges(this.#head);
  }

  /** Of one node after the other; of the next also when one does not answer. */
  #askForHead(): void {
    const all = [...this.#suppliers.values()];
    if (all.some(({ requests, isStalled }) => requests.size > 0 && !isStalled)) return;
    const next = all.find(({ has, wasAsked }) => has === null && !wasAsked);
    if (next !== undefined) {
      next.wasAsked = true;
      if (this.isSpread) this.#ask(next, -1, 0, 0, '');
      else this.#ask(next, 0, 0, Number.MAX_SAFE_INTEGER, '');
    } else if (!all.some(({ requests }) => requests.size > 0)) {
      this.#fail(new ObjectLostError(`The value of an object is lost: ${this.#reason}`));
    }
  }

  #askForRanges({ making, bytes }: Head): void {
    const suppliers = [...this.#suppliers.values()];
    const open = new Set(this.#missing);
    for (const { requests, isStalled } of suppliers) {
      if (!isStalled) for (const { range } of requests.values()) open.delete(range);
    }
    const isShared = suppliers.some(({ has }) => has !== null);
    for (const supplier of suppliers) {
      const atOnce = isShared && supplier.has === null ? AT_ONCE_OF_WHOLE : AT_ONCE;
      if (supplier.isStalled || (supplier.making !== '' && supplier.making !== making)) continue;
      while (supplier.requests.size < atOnce) {
        const range = rarest(open, supplier, suppliers);
        if (range === undefined) break;
        open.delete(range);
        this.#ask(supplier, range, range * RANGE_BYTES, Math.min((range + 1) * RANGE_BYTES, bytes.total), making);
      }
    }
    if (suppliers.some(({ requests }) => requests.size > 0)) return;
    this.#fail(new ObjectLostError(`The value of an object is lost: ${this.#reason}`));
  }

  #ask(supplier: Supplier, range: number, from: number, to: number, making: string): void {
    if (supplier.requests.size === 0) supplier.lastHeard = this.#home.now();
    supplier.requests.set(this.#home.fetch(this, supplier.peer, from, to, making), { range, at: from, to });
  }

  #lookForStalled(): void {
    const limit = this.#home.now() - STALL_MS;
    let isAny = false;
    for (const supplier of this.#suppliers.values()) {
      if (supplier.requests.size === 0 || supplier.lastHeard > limit) continue;
      supplier.isStalled = true;
      isAny = true;
    }
    if (!isAny) return;
    if (this.isSpread) this.#goOn();
    else this.#askForHead();
  }

  #tellOthers(ranges: readonly number[] | null): void {
    for (const { peer, has } of this.#suppliers.values()) if (has !== null) this.#home.tell(this, peer, ranges);
  }

  #finish({ making, text, buffers, references, contains }: Head): void {
    this.#end();
    const [first, ...rest] = buffers;
    const whole = text ?? Buffer.from(first as Uint8Array).toString('utf8');
    const payload: Payload = references === null ? whole : [whole, text === null ? rest : buffers, references];
    this.#resolve({ payload, contains, making });
    if (this.isSpread) this.#tellOthers(null);
  }

  #fail(error: Error): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.isOver = true;
    this.#unwatch?.();
    for (const supplier of this.#suppliers.values()) {
      for (const request of [...supplier.requests.keys()]) this.#settled(supplier, request);
    }
  }
}
