import { clearInterval, setInterval } from 'node:timers';
import {
  type AktisError,
  type Chunk,
  type Content,
  type Copied,
  type Demand,
  type Fetch,
  type Has,
  type Node,
  NodeOp,
  type ObjectEntry,
  ObjectLostError,
  type Sources,
} from '@aktis/core';
import type { BufferPart, Intake, Payload } from '@aktis/transport';
import type { Peer } from '../peers/peer.ts';
import type { Peers } from '../peers/peers.ts';
import type { Translation } from '../peers/translation.ts';
import type { CopyDirectory } from './copy-directory.ts';
import type { ForeignName } from './foreign-objects.ts';
import { ObjectBytes } from './object-bytes.ts';
import { type Copy, Pull, type PullHome } from './pull.ts';
import { PullQueue } from './pull-queue.ts';
import type { RemoteCopies } from './remote-copies.ts';

/** One message carries so much of an object. */
const CHUNK_BYTES = 2 ** 20;

interface TransferParts {
  readonly node: Node;
  readonly peers: Peers;
  readonly translation: Translation;
  readonly directory: CopyDirectory;
  /** What this node has under a name, for others to copy. */
  readonly find: (peer: Peer, name: ForeignName) => ObjectEntry | undefined;
  /** A result of another node's task that was made here. */
  readonly kept: (name: ForeignName) => ObjectEntry | undefined;
}

/** Moves objects from store to store, in pieces, over the links for bulk. Concurrent pulls of one object share one transfer. */
export class Transfers {
  readonly #parts: TransferParts;
  readonly #queue: PullQueue;
  readonly #pulls = new Map<string, Pull>();
  readonly #requests = new Map<number, Pull>();
  /** Which copy it is that lies here. */
  readonly #makings = new WeakMap<ObjectEntry, string>();
  /** Long texts as bytes, as long as somebody reads them. */
  readonly #texts = new WeakMap<ObjectEntry, WeakRef<Buffer>>();
  readonly #home: PullHome;
  #count = 0;

  constructor(parts: TransferParts) {
    this.#parts = parts;
    const { node, peers, translation } = parts;
    this.#queue = new PullQueue(node.store.statistics.limitBytes / 4);
    this.#home = {
      living: nodeId => (nodeId === node.id ? undefined : peers.living(nodeId)),
      fetch: (pull, peer, from, to, making) => {
        const request = this.#count++;
        this.#requests.set(request, pull);
        peer.sendForBulk([NodeOp.Fetch, request, pull.name.owner, pull.name.id, from, to, making]);
        return request;
      },
      unexpect: request => this.#requests.delete(request),
      seek: pull => this.#seek(pull),
      tell: (pull, peer, ranges) => peer.send([NodeOp.Has, pull.name.owner, pull.name.id, pull.making, ranges]),
      now: () => performance.now(),
      every: (milliseconds, callback) => {
        const timer = setInterval(callback, milliseconds).unref();
        return () => clearInterval(timer);
      },
      incoming: (references, peer) => translation.incoming(references, peer),
    };
  }

  // ── what comes ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Brings the object here, for `entry`. */
  async bring({ name, bytes, nodes }: RemoteCopies, entry: ObjectEntry, demand: Demand): Promise<Copy> {
    // Whatever comes of it, it is another copy than the one that was here before.
    this.#makings.delete(entry);
    const { node, directory, kept } = this.#parts;
    const own = nodes.includes(node.id) ? kept(name) : undefined;
    const isOwned = name.owner === node.id;
    const known = isOwned ? [...new Set([...nodes, ...directory.holders(name.id)])] : nodes;
    const copy = await (own === undefined ? this.#pull(name, bytes, known, demand) : this.#copyOf(own));
    this.#makings.set(entry, copy.making);
    if (isOwned) this.#noteHosts(nodes, name.id);
    return copy;
  }

  #pull(name: ForeignName, bytes: number, nodes: readonly string[], demand: Demand): Promise<Copy> {
    const key = keyOf(name);
    let pull = this.#pulls.get(key);
    const isNew = pull === undefined || pull.isOver;
    if (pull === undefined || pull.isOver) pull = this.#newPull(key, name, bytes, nodes);
    const joined = pull;
    joined.demands.add(demand);
    demand.onChanged = () => this.#queue.changed(joined);
    if (isNew) this.#queue.add(joined);
    else this.#queue.changed(joined);
    return joined.copy;
  }

  #newPull(key: string, name: ForeignName, bytes: number, nodes: readonly string[]): Pull {
    const pull = new Pull(this.#home, name, bytes, nodes);
    this.#pulls.set(key, pull);
    const ended = (standing: 0 | 2) => {
      if (this.#pulls.get(key) === pull) this.#pulls.delete(key);
      if (standing === 2 || pull.isSpread) this.#tellOwner(name, standing);
    };
    pull.copy.then(
      () => ended(2),
      () => ended(0),
    );
    return pull;
  }

  async #copyOf(entry: ObjectEntry): Promise<Copy> {
    return this.#parts.node.store.read([entry], () => ({
      payload: entry.payload as Payload,
      contains: entry.contains,
      making: this.#makingOf(entry),
    }));
  }

  #makingOf(entry: ObjectEntry): string {
    let making = this.#makings.get(entry);
    if (making === undefined) this.#makings.set(entry, (making = `${this.#parts.node.id}:${this.#count++}`));
    return making;
  }

  /** Where a result of this node's was made it is kept, until it is not needed any more. */
  #noteHosts(nodes: readonly string[], id: number): void {
    const { peers, directory } = this.#parts;
    for (const nodeId of nodes) {
      const peer = peers.known(nodeId);
      if (peer?.isGone === false) directory.note(peer, id, 2);
    }
  }

  #seek(pull: Pull): void {
    const { node, directory } = this.#parts;
    const { owner, id } = pull.name;
    if (owner === node.id) pull.join(this.#living(directory.sources(id)));
    else this.#tellOwner(pull.name, 1);
  }

  #tellOwner({ owner, id }: ForeignName, standing: 0 | 1 | 2): void {
    const { node, peers } = this.#parts;
    const peer = owner === node.id ? undefined : peers.known(owner);
    if (peer?.isGone === false) peer.send([NodeOp.Copied, id, standing]);
  }

  *#living(nodes: readonly string[]): Generator<Peer> {
    for (const nodeId of nodes) {
      const peer = this.#home.living(nodeId);
      if (peer !== undefined) yield peer;
    }
  }

  sources(peer: Peer, [, id, nodes]: Sources): void {
    const pull = this.#pulls.get(keyOf({ owner: peer.nodeId, id }));
    if (pull?.isActive === true) pull.join(this.#living(nodes));
  }

  content(peer: Peer, message: Content): void {
    const [, request, , , , , error] = message;
    const pull = this.#requests.get(request);
    if (error !== null) pull?.refused(request, peer, this.#parts.node.codec.decode(error) as Error);
    else if (pull !== undefined) pull.content(request, peer, message);
    else if (message[5] !== null) this.#home.incoming(['', [], message[5] as never], peer);
  }

  chunk(peer: Peer, [, request, at, bytes]: Chunk): void {
    this.#requests.get(request)?.chunk(request, peer, at, bytes);
  }

  /** Takes such a piece while it comes. What nobody asked for goes nowhere, however large it is. */
  intakeFor(peer: Peer, [, request, at]: Chunk, bytes: number): Intake {
    return this.#requests.get(request)?.intakeFor(request, peer, at, bytes) ?? (() => {});
  }

  /** What was to come from `peer` will not. */
  forget(peer: Peer): void {
    for (const pull of [...this.#pulls.values()]) if (pull.isActive) pull.lost(peer);
  }

  // ── what others ask for ────────────────────────────────────────────────────────────────────────────────────────

  /** A borrower has a copy of what this node owns, or brings one. */
  copied(peer: Peer, [, id, standing]: Copied): void {
    const { directory, node } = this.#parts;
    const entry = peer.handles.get(id) as ObjectEntry | undefined;
    if (entry === undefined) return;
    directory.note(peer, id, standing);
    if (standing !== 1) return;
    const others = directory.sources(id).filter(nodeId => nodeId !== peer.nodeId);
    const isHere = isPresent(entry) || this.#pulls.get(keyOf({ owner: node.id, id }))?.isActive === true;
    peer.send([NodeOp.Sources, id, isHere ? [...others, node.id] : others]);
  }

  /** Another node that brings the object says what it has of it. */
  told(peer: Peer, [, owner, id, making, ranges]: Has): void {
    const name = { owner, id };
    const pull = this.#pulls.get(keyOf(name));
    if (pull?.isActive === true) {
      if (pull.told(peer, making, ranges) && ranges !== null) this.#home.tell(pull, peer, pull.ranges);
      return;
    }
    const entry = ranges === null ? undefined : this.#parts.find(peer, name);
    if (entry !== undefined && isPresent(entry)) peer.send([NodeOp.Has, owner, id, this.#makingOf(entry), null]);
  }

  /** Somebody asks for what lies here, or is on its way here. */
  async serve(peer: Peer, [, request, owner, id, from, to, making]: Fetch): Promise<void> {
    const { node, find } = this.#parts;
    const name = { owner, id };
    try {
      const pull = making === '' ? undefined : this.#pulls.get(keyOf(name));
      const part = pull?.making === making ? pull.part(from, to) : undefined;
      if (part !== undefined) {
        await this.#send(peer, request, part, from, to);
        return;
      }
      const entry = find(peer, name);
      // Who looks for it itself would have the other wait for what may wait for the other.
      if (entry === undefined || !entry.isSettled || entry.source !== null)
        throw new ObjectLostError('that node does not have it any more');
      if (entry.state === 'failed') throw entry.failure?.toError(node.codec);
      const bytes = await node.store.read([entry], () => this.#announce(peer, request, entry, making));
      if (from > bytes.total || (making !== '' && to > bytes.total))
        throw new ObjectLostError('what that node has is shorter');
      await this.#send(peer, request, bytes, from, Math.min(to, bytes.total));
    } catch (error) {
      const encoded = node.codec.encodeError(error as AktisError);
      peer.sendBulk([NodeOp.Content, request, '', null, [], null, encoded]);
    }
  }

  /** Tells what it looks like, to who does not know (`making` is ''). */
  #announce(peer: Peer, request: number, entry: ObjectEntry, making: string): ObjectBytes {
    const own = this.#makingOf(entry);
    if (making !== '' && making !== own) throw new ObjectLostError('that node has another copy of it');
    const payload = entry.payload as Payload;
    const [text, buffers] = typeof payload === 'string' ? [payload, []] : payload;
    const isLong = text.length > CHUNK_BYTES;
    const parts: readonly BufferPart[] = isLong ? [this.#bytesOf(entry, text), ...buffers] : buffers;
    if (making === '') {
      const outgoing = this.#parts.translation.outgoing(payload, entry.contains, peer);
      const references = typeof outgoing === 'string' ? null : outgoing[2];
      const lengths = parts.map(part => (ArrayBuffer.isView(part) ? part.byteLength : -part.byteLength));
      peer.sendBulk([NodeOp.Content, request, own, isLong ? null : text, lengths, references, null]);
    }
    return new ObjectBytes(parts);
  }

  #bytesOf(entry: ObjectEntry, text: string): Buffer {
    let bytes = this.#texts.get(entry)?.deref();
    if (bytes === undefined) this.#texts.set(entry, new WeakRef((bytes = Buffer.from(text, 'utf8'))));
    return bytes;
  }

  async #send(peer: Peer, request: number, bytes: ObjectBytes, from: number, to: number): Promise<void> {
    for (const piece of bytes.pieces(from, to, CHUNK_BYTES)) {
      if (peer.isGone) return;
      await peer.bulkDrained();
      peer.sendBulk([NodeOp.Chunk, request, piece.at, piece.bytes]);
    }
  }
}

/** In memory, or on this node's disk. */
function isPresent({ state, source }: ObjectEntry): boolean {
  return state === 'ready' || (state === 'away' && source === null);
}

function keyOf({ owner, id }: ForeignName): string {
  return `${owner}:${id}`;
}
