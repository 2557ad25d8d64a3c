import { Failure, type Node, type ObjectEntry, type Outcome } from '@aktis/core';
import { type Payload, payloadBytes } from '@aktis/transport';
import type { Peer } from '../peers/peer.ts';
import type { Translation } from '../peers/translation.ts';
import { AwayEntries } from './away-entries.ts';
import type { CopyDirectory } from './copy-directory.ts';
import type { ForeignName, ForeignObjects } from './foreign-objects.ts';
import { RemoteCopies } from './remote-copies.ts';

/** Smaller values travel with the message; larger ones stay where they are until somebody needs them. */
const INLINE_BYTES = 100 * 1024;

/** How objects stand, told from node to node. */
export class Outcomes {
  /** What lies on other nodes. */
  readonly away = new AwayEntries();
  readonly #node: Node;
  readonly #foreign: ForeignObjects;
  readonly #translation: Translation;
  readonly #directory: CopyDirectory;
  readonly #copies: (name: ForeignName, bytes: number, nodes: readonly string[]) => RemoteCopies;
  /** Results kept for their owners, until these say they need them no more. */
  readonly #kept = new Map<Peer, Map<number, ObjectEntry>>();

  constructor(
    node: Node,
    foreign: ForeignObjects,
    translation: Translation,
    directory: CopyDirectory,
    copies: (name: ForeignName, bytes: number, nodes: readonly string[]) => RemoteCopies,
  ) {
    this.#node = node;
    this.#foreign = foreign;
    this.#translation = translation;
    this.#directory = directory;
    this.#copies = copies;
  }

  /** Of a settled object, for `peer`; null while it is pending. */
  of(entry: ObjectEntry, peer: Peer): Outcome | null {
    const { state, payload, failure, source } = entry;
    if (state === 'pending') return null;
    if (failure !== undefined) return [2, ...failure.toWire(this.#node.codec)];
    if (state === 'away') {
      return source instanceof RemoteCopies
        ? [1, source.bytes, this.#with(source.nodes, entry)]
        : [1, INLINE_BYTES, this.#with([this.#node.id], entry)];
    }
    const bytes = payloadBytes(payload as Payload);
    if (bytes > INLINE_BYTES) return [1, bytes, this.#with([this.#node.id], entry)];
    return [0, this.#translation.outgoing(payload as Payload, entry.contains, peer)];
  }

  /** The whole outcome of a settled object whose payload is a short text, as most results are. */
  textOf({ state, payload }: ObjectEntry): string | undefined {
    const isText = state === 'ready' && typeof payload === 'string' && payload.length <= INLINE_BYTES;
    return isText ? payload : undefined;
  }

  /** `entry` has this value. */
  applyText(entry: ObjectEntry, text: string): void {
    entry.resolve(text);
    this.#node.store.account(entry);
  }

  /** And those that have copies of it. */
  #with(nodes: readonly string[], entry: ObjectEntry): readonly string[] {
    if (this.#foreign.nameOf(entry) !== undefined) return nodes;
    const holders = this.#directory.holders(entry.id);
    return holders.length === 0 ? nodes : [...new Set([...nodes, ...holders])];
  }

  /** Of a result made for `peer`: a large one is kept here in its name. */
  ofResult(entry: ObjectEntry, name: ForeignName, peer: Peer): Outcome {
    const outcome = this.of(entry, peer) as Outcome;
    if (outcome[0] !== 1) return outcome;
    const known = this.#foreign.find(name) as ObjectEntry | undefined;
    if (known === undefined) this.#foreign.add(name, entry);
    // Somebody here was waiting already to be told by its owner where it is.
    else if (known !== entry && entry.state === 'ready') known.resolve(entry.payload as Payload, entry.contains);
    let kept = this.#kept.get(peer);
    if (kept === undefined) this.#kept.set(peer, (kept = new Map()));
    kept.set(name.id, entry);
    // A result that came from a third node is known by this name only here.
    return [1, outcome[1], [this.#node.id]];
  }

  /** The owner needs the result no more, or is gone (no id). */
  drop(peer: Peer, id?: number): void {
    if (id === undefined) this.#kept.delete(peer);
    else this.#kept.get(peer)?.delete(id);
  }

  kept(peerId: string, id: number): ObjectEntry | undefined {
    for (const [peer, entries] of this.#kept) if (peer.nodeId === peerId) return entries.get(id);
    return undefined;
  }

  /** `entry` stands as `peer` says. `name`: what it is called there, unless it is known by that name here. */
  apply(entry: ObjectEntry, outcome: Outcome, peer: Peer, name = this.#foreign.nameOf(entry)): void {
    switch (outcome[0]) {
      case 0: {
        const { payload, contains } = this.#translation.incoming(outcome[1], peer);
        entry.resolve(payload, contains);
        this.#node.store.account(entry);
        break;
      }
      case 1:
        entry.resolveAway(this.#copies(name as ForeignName, outcome[1], outcome[2]));
        this.away.add(entry, outcome[2]);
        break;
      case 2: {
        const failure = Failure.fromWire([outcome[1], outcome[2], outcome[3]]);
        failure.seen = true;
        entry.fail(failure);
      }
    }
  }
}
