import { brandsOf } from '../../aktis-error.ts';
import type { WireReference } from '../../payload.ts';
import { SerializationError } from '../../serialization-error.ts';
import { classOf, registeredName } from '../classes.ts';
import { hasPlainPrototype, isPlainArray, isPlainBeside, MAX_DEPTH } from '../plain.ts';
import type { RichEncoding } from '../rich-path.ts';
import { builtInKind, isExactBuiltIn } from './built-in.ts';
import { ByteWriter, viewType } from './bytes.ts';
import { errorClassKey, errorName, hiddenKeys, isErrorLike, shownKeys } from './errors.ts';
import { mapStep, pathText, type Step, type Trail } from './path.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import { Tag, Tagged } from './tagged.ts';

/** The trees SuperJSON gets are no deeper than this; what lies deeper moves to a slot of its own. */
const SLICE = 32;
/** Plain parts are looked for down to this depth: deeper ones cost more to find than they save. */
const PLAIN_DEPTH = 3;
const UNSAFE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

type Holder = unknown[] | Record<string, unknown>;

/** Where an object went in the tree, so that it can move to a slot when it is met again. */
interface Place {
  readonly holder: Holder;
  readonly key: number | string;
  slot: number;
}

/** A part was taken for plain, but another part refers into it. */
class SharedWithPlainPart extends Error {}

/**
 * Walks one value and builds the tree of `tagged.ts`, refusing what cannot travel. A container is first put into the
 * tree empty, and filled in its turn: level by level instead of by recursion, for which stacks are too small.
 */
export class RichEncoder {
  /** The node table: the root, then what moved to slots. */
  readonly nodes: unknown[] = [null];
  readonly bytes = new ByteWriter();
  readonly #how: RichEncoding;
  readonly #places = new Map<object, Place>();
  readonly #moved: Place[] = [];
  readonly #referenceIndexes = new Map<object, number>();
  /** The objects of plain parts; undefined once the value turned out to share objects between such parts and others. */
  readonly #inPlainParts: Set<object> | undefined;
  readonly #unfilled: { readonly trail: Trail | undefined; readonly fill: () => void }[] = [];
  /** The container that is being filled, and the step from there to the member at hand. */
  #trail: Trail | undefined;
  #step: Step | undefined;

  private constructor(how: RichEncoding, plainParts: boolean) {
    this.#how = how;
    this.#inPlainParts = plainParts ? new Set() : undefined;
  }

  static encode(value: unknown, how: RichEncoding): RichEncoder {
    try {
      return new RichEncoder(how, true).#run(value);
    } catch (error) {
      if (!(error instanceof SharedWithPlainPart)) throw error;
      return new RichEncoder(how, false).#run(value);
    }
  }

  /** Only when nothing can be refused any more: whoever owns references may count what it encodes. */
  references(): WireReference[] {
    return Array.from(this.#referenceIndexes.keys(), reference => this.#how.references.encode(reference));
  }

  #run(value: unknown): this {
    this.nodes[0] = this.#prepare(value, this.nodes, 0);
    // The list grows while it is gone through.
    for (const { trail, fill } of this.#unfilled) {
      this.#trail = trail;
      fill();
    }
    for (const place of this.#moved) {
      const holder = place.holder as Record<number | string, unknown>;
      this.nodes[place.slot] = holder[place.key];
      holder[place.key] = Tagged.make(Tag.slot, place.slot);
    }
    return this;
  }

  /** Puts `value` where `key` of `holder` is, which lies one step further in the value. */
  #visit(value: unknown, holder: Holder, key: number | string, step: Step): void {
    this.#step = step;
    (holder as Record<number | string, unknown>)[key] = this.#prepare(value, holder, key);
  }

  #prepare(value: unknown, holder: Holder, key: number | string): unknown {
    switch (typeof value) {
      case 'symbol':
        return this.#refuse(refusalOf(value));
      case 'function':
        return this.#how.references.matches(value) ? this.#reference(value) : this.#refuse(refusalOf(value));
      case 'object':
        return value === null ? null : this.#object(value, holder, key);
      // SuperJSON takes equal bigints and NaNs for one shared object, and then looks for it along stale paths.
      case 'bigint':
        return Tagged.make(Tag.bigint, String(value));
      case 'number':
        return Number.isNaN(value) ? Tagged.make(Tag.nan) : value;
      default:
        return value;
    }
  }

  #object(value: object, holder: Holder, key: number | string): unknown {
    const known = this.#places.get(value);
    if (known !== undefined) return this.#slotOf(known);
    if (this.#inPlainParts?.has(value)) throw new SharedWithPlainPart();
    const depth = this.#step === undefined ? 0 : (this.#trail?.depth ?? 0) + 1;
    if (depth > MAX_DEPTH) return this.#refuse(tooDeep);
    const isArray = isPlainArray(value);
    const isLiteral = !isArray && hasPlainPrototype(value);
    if (!isArray && !isLiteral && this.#how.references.matches(value)) return this.#reference(value);
    if (depth > 0 && depth <= PLAIN_DEPTH && (isArray || isLiteral) && this.#isPlainPart(value, depth)) {
      return Tagged.make(Tag.plain, JSON.stringify(value));
    }
    const place: Place = { holder, key, slot: depth === 0 ? 0 : -1 };
    this.#places.set(value, place);
    const node = isArray
      ? this.#array(value as unknown[])
      : isLiteral
        ? this.#literal(value, Object.keys(value))
        : this.#special(value);
    if (depth === 0 || depth % SLICE !== 0) return node;
    place.slot = this.nodes.push(node) - 1;
    return Tagged.make(Tag.slot, place.slot);
  }

  #slotOf(place: Place): Tagged {
    if (place.slot === -1) {
      place.slot = this.nodes.push(null) - 1;
      this.#moved.push(place);
    }
    return Tagged.make(Tag.slot, place.slot);
  }

  #isPlainPart(value: object, depth: number): boolean {
    if (this.#inPlainParts === undefined) return false;
    // On a trial set: what is not plain after all must not count as met.
    const trial = new Set<object>();
    if (!isPlainBeside(value, depth, trial)) return false;
    for (const object of trial) {
      if (this.#places.has(object) || this.#inPlainParts.has(object)) throw new SharedWithPlainPart();
    }
    for (const object of trial) this.#inPlainParts.add(object);
    return true;
  }

  /** Fills the container at hand in its turn; the members it visits lie one step below it. */
  #later(fill: () => void): void {
    const step = this.#step;
    const trail = step === undefined ? undefined : { parent: this.#trail, step, depth: (this.#trail?.depth ?? 0) + 1 };
    this.#unfilled.push({ trail, fill });
  }

  #array(values: readonly unknown[]): unknown[] {
    for (let i = 0; i < values.length; i++) if (!(i in values)) return this.#sparse(values);
    const node: unknown[] = [];
    this.#later(() => {
      for (let i = 0; i < values.length; i++) this.#visit(this.#read(values, i, i), node, i, i);
    });
    return node;
  }

  #sparse(values: readonly unknown[]): Tagged {
    const node = Tagged.make(Tag.sparse, values.length);
    const indexes = Object.keys(values).map(Number);
    this.#later(() => {
      for (const i of indexes) if (i < values.length) node.push(this.#pair(i, this.#read(values, i, i), i));
    });
    return node;
  }

  /** `keys` are those of `value` that travel. */
  #literal(value: object, keys: readonly string[]): object {
    if (keys.some(key => UNSAFE_KEYS.has(key))) return this.#entries(value, keys);
    const node: Record<string, unknown> = {};
    this.#later(() => {
      for (const key of keys) {
        const member = this.#read(value, key, key);
        if (!this.#isDropped(member)) this.#visit(member, node, key, key);
      }
    });
    return node;
  }

  #entries(value: object, keys: readonly string[]): Tagged {
    const node = Tagged.make(Tag.entries);
    this.#later(() => {
      for (const key of keys) {
        const member = this.#read(value, key, key);
        if (!this.#isDropped(member)) node.push(this.#pair(key, member, key));
      }
    });
    return node;
  }

  /** Callbacks among the properties of an error say nothing to whoever reads it elsewhere. */
  #isDropped(member: unknown): boolean {
    return this.#how.lenient && typeof member === 'function' && !this.#how.references.matches(member);
  }

  #pair(key: unknown, value: unknown, step: Step): unknown[] {
    const pair: unknown[] = [];
    this.#visit(key, pair, 0, step);
    this.#visit(value, pair, 1, step);
    return pair;
  }

  #special(value: object): unknown {
    if (isErrorLike(value)) return this.#error(value);
    const name = registeredName(classOf(value));
    if (name !== undefined) return this.#instance(value, name);
    return isExactBuiltIn(value) ? this.#builtIn(value) : this.#refuse(refusalOf(value));
  }

  /** A built-in object by what it is inside, whatever class derives from it; undefined when it is none that travels. */
  #builtIn(value: object): unknown {
    switch (builtInKind(value)) {
      case 'bytes':
        return this.bytes.write(value as ArrayBufferView);
      case 'array':
        return this.#array(value as unknown[]);
      case 'map':
        return this.#map(value as Map<unknown, unknown>);
      case 'set':
        return this.#set(value as Set<unknown>);
      case 'date': {
        const time = Date.prototype.getTime.call(value);
        return Number.isNaN(time) ? Tagged.make(Tag.invalidDate) : new Date(time);
      }
      case 'regexp':
        return new RegExp((value as RegExp).source, (value as RegExp).flags);
      case 'url':
        return new URL((value as URL).href);
      case 'searchParams':
        return Tagged.make(Tag.searchParams, String(value));
    }
  }

  #map(value: ReadonlyMap<unknown, unknown>): Tagged {
    const node = Tagged.make(Tag.map);
    this.#later(() => {
      for (const [key, member] of Map.prototype.entries.call(value)) {
        node.push(this.#pair(key, member, mapStep(key, node.length - 1)));
      }
    });
    return node;
  }

  #set(value: ReadonlySet<unknown>): Tagged {
    const node = Tagged.make(Tag.set);
    this.#later(() => {
      for (const member of Set.prototype.values.call(value)) {
        this.#visit(member, node, node.length, { words: `.values()[${node.length - 1}]` });
      }
    });
    return node;
  }

  #instance(value: object, name: string): Tagged {
    const base = this.#builtIn(value) ?? null;
    return Tagged.make(Tag.instance, name, base, this.#literal(value, fieldsOf(value)));
  }

  #error(error: Error): Tagged {
    const stack = this.#read(error, 'stack', 'stack');
    const message = String(this.#read(error, 'message', 'message'));
    const shown = this.#literal(error, shownKeys(error));
    const hidden = this.#literal(error, hiddenKeys(error));
    return Tagged.make(
      Tag.error,
      errorClassKey(error),
      errorName(error),
      message,
      typeof stack === 'string' ? stack : null,
      [...brandsOf(error)],
      shown,
      hidden,
    );
  }

  #reference(value: object): Tagged {
    let index = this.#referenceIndexes.get(value);
    if (index === undefined) {
      index = this.#referenceIndexes.size;
      this.#referenceIndexes.set(value, index);
    }
    return Tagged.make(Tag.reference, index);
  }

  #read(value: object, key: number | string, step: Step): unknown {
    try {
      return (value as Record<number | string, unknown>)[key];
    } catch (cause) {
      return this.#refuse(throwingGetter, { step, cause });
    }
  }

  /** Throws, or when lenient gives the words that stand for the value. */
  #refuse({ what, advice }: Refusal, from?: { step: Step; cause: unknown }): string {
    if (this.#how.lenient) return `[${what}]`;
    const path = pathText(this.#how.root, this.#trail, from?.step ?? this.#step);
    throw new SerializationError(`Cannot serialize ${path}: it is ${what}. ${advice}`, path, from);
  }
}

const tooDeep: Refusal = {
  what: `nested more than ${MAX_DEPTH} levels deep`,
  advice: 'Flatten it, for instance into an array of its parts.',
};

const throwingGetter: Refusal = {
  what: 'a getter that threw',
  advice: 'Pass a plain copy of the object without it.',
};

/** The fields an instance has beside what its built-in base holds. */
function fieldsOf(value: object): string[] {
  const keys = Object.keys(value);
  if (Array.isArray(value)) return keys.filter(key => !(Number(key) < value.length));
  if (ArrayBuffer.isView(value) && viewType(value) !== 'DataView') return keys.filter(key => !(Number(key) >= 0));
  return keys;
}
