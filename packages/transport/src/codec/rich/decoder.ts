import { types } from 'node:util';
import type { RichPayload } from '../../payload.ts';
import { SerializationError } from '../../serialization-error.ts';
import { registeredClass } from '../classes.ts';
import type { RichDecoding } from '../rich-path.ts';
import { ByteReader } from './bytes.ts';
import { type ErrorFields, isErrorLike, reviveError } from './errors.ts';
import { Slot, Tag } from './tagged.ts';

/** Revives the tagged parts of one payload, bottom up, as SuperJSON comes to them. */
export class RichDecoder {
  readonly #payload: RichPayload;
  readonly #how: RichDecoding;
  readonly #bytes: ByteReader;
  readonly #references: (object | undefined)[] = [];
  readonly #opaque = new Set<object>();
  #hasSlots = false;

  constructor(payload: RichPayload, how: RichDecoding) {
    this.#payload = payload;
    this.#how = how;
    this.#bytes = new ByteReader(payload[1], how.copy);
  }

  revive([tag, ...fields]: readonly unknown[]): unknown {
    switch (tag as Tag) {
      case Tag.slot:
        this.#hasSlots = true;
        return new Slot(fields[0] as number);
      case Tag.plain:
        return JSON.parse(fields[0] as string);
      case Tag.reference:
        return this.#reference(fields[0] as number);
      case Tag.view:
        return this.#bytes.view(...(fields as [string, number, number, number, boolean]));
      case Tag.buffer:
        return this.#bytes.buffer(fields[0] as number);
      case Tag.sharedBuffer:
        return this.#bytes.sharedBuffer(fields[0] as number);
      case Tag.error:
        return reviveError(fields as unknown as ErrorFields);
      case Tag.instance:
        return reviveInstance(...(fields as [string, object | null, Record<string, unknown>]));
      case Tag.entries:
        return fillObject({}, fields as [string, unknown][]);
      case Tag.sparse:
        return sparseArray(fields as [number, ...[number, unknown][]]);
      case Tag.map:
        return new Map(fields as [unknown, unknown][]);
      case Tag.set:
        return new Set(fields);
      case Tag.invalidDate:
        return new Date(Number.NaN);
      case Tag.searchParams:
        return new URLSearchParams(fields[0] as string);
      case Tag.bigint:
        return BigInt(fields[0] as string);
      case Tag.nan:
        return Number.NaN;
    }
  }

  /** Puts the nodes of the table where slots stand for them, and gives the root. */
  link(nodes: unknown[]): unknown {
    if (this.#hasSlots) for (const node of nodes) this.#linkInto(node, nodes);
    return nodes[0];
  }

  #reference(index: number): object {
    const known = this.#references[index];
    if (known !== undefined) return known;
    const wire = this.#payload[2][index];
    if (wire === undefined) throw new RangeError(`The payload has no reference ${index}.`);
    const reference = this.#how.references.decode(wire);
    this.#references[index] = reference;
    this.#opaque.add(reference);
    return reference;
  }

  // Each node is a tree of bounded depth whose leaves may be slots, so recursion ends without a record of the visited.
  #linkInto(value: unknown, nodes: readonly unknown[]): void {
    if (typeof value !== 'object' || value === null || value instanceof Slot) return;
    if (this.#opaque.has(value) || types.isAnyArrayBuffer(value)) return;
    if (types.isMap(value)) this.#linkMap(value, nodes);
    else if (types.isSet(value)) this.#linkSet(value, nodes);
    for (const key of linkableKeys(value)) {
      const member: unknown = (value as Record<string | number, unknown>)[key];
      if (member instanceof Slot) (value as Record<string | number, unknown>)[key] = nodes[member.index];
      else this.#linkInto(member, nodes);
    }
  }

  #linkMap(map: Map<unknown, unknown>, nodes: readonly unknown[]): void {
    const entries = [...map];
    map.clear(); // refilled, because a new key would come last
    for (const [key, value] of entries) map.set(this.#linked(key, nodes), this.#linked(value, nodes));
  }

  #linkSet(set: Set<unknown>, nodes: readonly unknown[]): void {
    const members = [...set];
    set.clear();
    for (const member of members) set.add(this.#linked(member, nodes));
  }

  #linked(member: unknown, nodes: readonly unknown[]): unknown {
    if (member instanceof Slot) return nodes[member.index];
    this.#linkInto(member, nodes);
    return member;
  }
}

function linkableKeys(value: object): Iterable<string | number> {
  if (Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype) return value.keys();
  if (ArrayBuffer.isView(value)) return Object.keys(value).filter(key => !(Number(key) >= 0));
  // The cause and the errors of an error are not enumerable.
  return isErrorLike(value) ? Object.getOwnPropertyNames(value) : Object.keys(value);
}

function reviveInstance(name: string, base: object | null, fields: Record<string, unknown>): object {
  const Class = registeredClass(name);
  if (Class === undefined) {
    throw new SerializationError(
      `Cannot revive an instance of '${name}': no class of this name is registered in this thread. ` +
        'Call register() in the module that declares the class, and import that module here too.',
      'value',
    );
  }
  const instance = base === null ? Object.create(Class.prototype) : Object.setPrototypeOf(base, Class.prototype);
  return fillObject(instance, Object.entries(fields));
}

/** Defines rather than assigns: a setter must not run, and `__proto__` must become a member like any other. */
function fillObject(target: object, entries: readonly (readonly [string, unknown])[]): object {
  for (const [key, value] of entries) {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return target;
}

function sparseArray([length, ...entries]: readonly [number, ...(readonly [number, unknown])[]]): unknown[] {
  const array: unknown[] = [];
  array.length = length;
  for (const [index, value] of entries) array[index] = value;
  return array;
}
