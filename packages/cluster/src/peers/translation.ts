import { type Holdable, ReferenceKind } from '@aktis/core';
import type { Payload, WireReference } from '@aktis/transport';
import type { ForeignName, ForeignObjects } from '../objects/foreign-objects.ts';
import type { Peer } from './peer.ts';

/** What one runtime calls by numbers of its own, another must be able to name: references are rewritten at the border. */
export class Translation {
  readonly #nodeId: string;
  readonly #foreign: ForeignObjects;
  readonly #make: (kind: number, name: ForeignName, fields: readonly unknown[]) => Holdable;
  readonly #passedOn: (item: Holdable, name: ForeignName, via: Peer) => void;

  /**
   * @param make what stands here for something of another node's that was not known yet
   * @param passedOn somebody who does not own it has sent a handle on it
   */
  constructor(
    nodeId: string,
    foreign: ForeignObjects,
    make: (kind: number, name: ForeignName, fields: readonly unknown[]) => Holdable,
    passedOn: (item: Holdable, name: ForeignName, via: Peer) => void,
  ) {
    this.#nodeId = nodeId;
    this.#foreign = foreign;
    this.#make = make;
    this.#passedOn = passedOn;
  }

  /** For `peer`, which holds from now on what `payload` refers to. */
  outgoing(payload: Payload, contains: readonly Holdable[] | null, peer: Peer): Payload {
    if (typeof payload === 'string' || payload[2].length === 0) return payload;
    const items = new Map(contains?.map(item => [item.id, item]));
    const references = payload[2].map(([kind, id, ...fields]): WireReference => {
      const item = items.get(id as number);
      return [kind, ...(item === undefined ? [0, '', 0] : this.name(item, peer)), ...fieldsOf(kind, fields)];
    });
    return [payload[0], payload[1], references];
  }

  /** `[id here, owner, id there]`, for `peer`, which holds it from now on. */
  name(item: Holdable, peer: Peer): [id: number, owner: string, ownerId: number] {
    peer.hold(item);
    const name = this.#foreign.nameOf(item);
    return name === undefined ? [item.id, '', item.id] : [item.id, name.owner, name.id];
  }

  incoming(payload: Payload, peer: Peer): { payload: Payload; contains: readonly Holdable[] | null } {
    if (typeof payload === 'string' || payload[2].length === 0) return { payload, contains: null };
    const contains: Holdable[] = [];
    const references = payload[2].map(([kind, id, owner, ownerId, ...fields]): WireReference => {
      const item = this.item(kind, id as number, owner as string, ownerId as number, fields, peer);
      contains.push(item);
      return item.publicId === undefined ? [kind, item.id, ...fields] : [kind, item.id, ...fields, item.publicId];
    });
    return { payload: [payload[0], payload[1], references], contains };
  }

  /** What `peer` means. */
  item(kind: number, id: number, owner: string, ownerId: number, fields: readonly unknown[], peer: Peer): Holdable {
    if (owner === this.#nodeId) {
      const own = peer.handles.get(ownerId);
      if (own !== undefined) return own;
    }
    const name = { owner: owner === '' ? peer.nodeId : owner, id: ownerId };
    let item = this.#foreign.find(name);
    if (item === undefined) {
      item = this.#make(kind, name, fields);
      this.#foreign.add(name, item);
    }
    this.#foreign.received(item, peer, id);
    if (owner !== '' && owner !== this.#nodeId && this.#foreign.needsRegistration(item))
      this.#passedOn(item, name, peer);
    return item;
  }
}

/** Without the id users see, which the receiver makes anew. */
function fieldsOf(kind: number, fields: readonly unknown[]): readonly unknown[] {
  return kind === ReferenceKind.Object ? [] : fields.slice(0, 3);
}
