import {
  type AktisError,
  type Chunk,
  type Content,
  type Fetch,
  type Holdable,
  type Node,
  NodeOp,
  type ObjectEntry,
  ObjectLostError,
} from '@aktis/core';
import type { BufferPart, Payload, WireReference } from '@aktis/transport';
import type { Peer } from '../peers/peer.ts';
import type { Peers } from '../peers/peers.ts';
import type { Translation } from '../peers/translation.ts';
import type { ForeignName } from './foreign-objects.ts';

/** One message carries so much of an object. */
const CHUNK_BYTES = 2 ** 20;

interface Copy {
  readonly payload: Payload;
  readonly contains: readonly Holdable[] | null;
}

/** An object on its way here. */
interface Arrival {
  readonly peer: Peer;
  readonly resolve: (copy: Copy) => void;
  readonly reject: (error: Error) => void;
  /** The text, if it comes in pieces, then the buffers; as bytes to write into. */
  parts: Buffer[];
  missing: number;
  finish: () => void;
}

/** Moves objects from store to store, in pieces, over the links for bulk. Concurrent pulls of one object share one transfer. */
export class Transfers {
  readonly #node: Node;
  readonly #peers: Peers;
  readonly #translation: Translation;
  /** What this node has under a name, for others to copy. */
  readonly #find: (peer: Peer, name: ForeignName) => ObjectEntry | undefined;
  /** A result of another node's task that was made here. */
  readonly #kept: (name: ForeignName) => ObjectEntry | undefined;
  readonly #pulls = new Map<string, Promise<Copy>>();
  readonly #arrivals = new Map<number, Arrival>();
  #count = 0;

  constructor(
    node: Node,
    peers: Peers,
    translation: Translation,
    find: (peer: Peer, name: ForeignName) => ObjectEntry | undefined,
    kept: (name: ForeignName) => ObjectEntry | undefined,
  ) {
    this.#node = node;
    this.#peers = peers;
    this.#translation = translation;
    this.#find = find;
    this.#kept = kept;
  }

  pull(name: ForeignName, nodes: readonly string[]): Promise<Copy> {
    const key = `${name.owner}:${name.id}`;
    let pull = this.#pulls.get(key);
    if (pull === undefined) {
      pull = this.#pullFromAny(name, nodes).finally(() => this.#pulls.delete(key));
      this.#pulls.set(key, pull);
    }
    return pull;
  }

  async #pullFromAny(name: ForeignName, nodes: readonly string[]): Promise<Copy> {
    let reason = 'no node has it';
    for (const nodeId of nodes) {
      if (nodeId === this.#node.id) {
        const own = this.#kept(name);
        if (own !== undefined) return this.#copyOf(own);
        reason = 'this node, where it lay, does not have it any more';
        continue;
      }
      const peer = this.#peers.living(nodeId);
      if (peer === undefined) {
        reason = `node ${nodeId}, where it lay, is gone`;
        continue;
      }
      try {
        return await this.#pullFrom(peer, name);
      } catch (error) {
        reason = (error as Error).message;
      }
    }
    throw new ObjectLostError(`The value of an object is lost: ${reason}`);
  }

  #copyOf(entry: ObjectEntry): Promise<Copy> {
    return this.#node.store.read([entry], () => ({ payload: entry.payload as Payload, contains: entry.contains }));
  }

  #pullFrom(peer: Peer, { owner, id }: ForeignName): Promise<Copy> {
    const request = this.#count++;
    return new Promise((resolve, reject) => {
      this.#arrivals.set(request, { peer, resolve, reject, parts: [], missing: 0, finish: () => {} });
      peer.sendBulk([NodeOp.Fetch, request, owner, id]);
    });
  }

  content(peer: Peer, [, request, text, lengths, references, error]: Content): void {
    const arrival = this.#arrivals.get(request);
    if (arrival === undefined) return;
    if (error !== null) {
      this.#arrivals.delete(request);
      arrival.reject(this.#node.codec.decode(error) as Error);
      return;
    }
    const buffers = lengths.map(length => (length < 0 ? new SharedArrayBuffer(-length) : new Uint8Array(length)));
    arrival.parts = buffers.map(bufferOn);
    arrival.missing = arrival.parts.reduce((sum, part) => sum + part.byteLength, 0);
    arrival.finish = () => {
      this.#arrivals.delete(request);
      const [first, ...rest] = buffers;
      const whole = text ?? Buffer.from(first as Uint8Array).toString('utf8');
      const parts = (text === null ? rest : buffers) as BufferPart[];
      const payload: Payload = references === null ? whole : [whole, parts, references as WireReference[]];
      arrival.resolve(this.#translation.incoming(payload, peer));
    };
    if (arrival.missing === 0) arrival.finish();
  }

  chunk([, request, part, offset, bytes]: Chunk): void {
    const arrival = this.#arrivals.get(request);
    if (arrival === undefined) return;
    // Unlike `set`, which moves into shared memory word by word, this is one memcpy.
    arrival.parts[part]?.fill(bytes, offset, offset + bytes.byteLength);
    arrival.missing -= bytes.byteLength;
    if (arrival.missing === 0) arrival.finish();
  }

  /** What was to come from `peer` will not. */
  forget(peer: Peer): void {
    for (const [request, arrival] of this.#arrivals) {
      if (arrival.peer !== peer) continue;
      this.#arrivals.delete(request);
      arrival.reject(new ObjectLostError(`node ${peer.nodeId}, where it lay, is gone`));
    }
  }

  /** Somebody asks for what lies here. */
  async serve(peer: Peer, [, request, owner, id]: Fetch): Promise<void> {
    try {
      const entry = this.#find(peer, { owner, id });
      // Who looks for it itself would have the other wait for what may wait for the other.
      if (entry === undefined || !entry.isSettled || entry.source !== null)
        throw new ObjectLostError('that node does not have it any more');
      if (entry.state === 'failed') throw entry.failure?.toError(this.#node.codec);
      const content = await this.#node.store.read([entry], () =>
        this.#translation.outgoing(entry.payload as Payload, entry.contains, peer),
      );
      await this.#send(peer, request, content);
    } catch (error) {
      peer.sendBulk([NodeOp.Content, request, null, [], null, this.#node.codec.encodeError(error as AktisError)]);
    }
  }

  async #send(peer: Peer, request: number, payload: Payload): Promise<void> {
    const [text, buffers, references] = typeof payload === 'string' ? [payload, [], null] : payload;
    const isLong = text.length > CHUNK_BYTES;
    const parts: BufferPart[] = isLong ? [Buffer.from(text, 'utf8'), ...buffers] : [...buffers];
    const lengths = parts.map(part => (ArrayBuffer.isView(part) ? part.byteLength : -part.byteLength));
    peer.sendBulk([NodeOp.Content, request, isLong ? null : text, lengths, references, null]);
    for (let part = 0; part < parts.length; part++) {
      const whole = parts[part] as BufferPart;
      const bytes = ArrayBuffer.isView(whole) ? whole : new Uint8Array(whole);
      for (let offset = 0; offset < bytes.byteLength; offset += CHUNK_BYTES) {
        if (peer.isGone) return;
        await peer.bulkDrained();
        peer.sendBulk([NodeOp.Chunk, request, part, offset, bytes.subarray(offset, offset + CHUNK_BYTES)]);
      }
    }
  }
}

function bufferOn(part: BufferPart): Buffer {
  return ArrayBuffer.isView(part) ? Buffer.from(part.buffer, part.byteOffset, part.byteLength) : Buffer.from(part);
}
