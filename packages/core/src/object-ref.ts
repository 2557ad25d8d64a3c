import { publicId } from './ids.ts';
import type { Holdable } from './object-entry.ts';
import type { Runtime } from './runtime.ts';

const brand = Symbol.for('aktis.ObjectRef');
const groupBrand = Symbol.for('aktis.ObjectRefGroup');
declare const valueType: unique symbol;

/**
 * Names an immutable value that exists already or is being made. It is not a promise: `get(ref)` is the one way in, so
 * that refs survive being returned from async functions.
 *
 * @example
 * const ref = add.remote(1, 2);
 * await get(ref); // 3
 */
export class ObjectRef<out T = unknown> {
  declare readonly [valueType]: T;
  /** @internal What the ref keeps alive: in a hub the object's entry, in a worker only its id. */
  readonly held: Holdable;
  /** @internal The runtime it was made in. */
  readonly home: Runtime;

  /** @internal */
  constructor(held: Holdable, home: Runtime) {
    this.held = held;
    this.home = home;
  }

  /** Unique everywhere; equal for refs of the same object. */
  get id(): string {
    return this.held.publicId ?? publicId(this.home.nodeId, this.held.id);
  }

  toString(): string {
    return `ObjectRef(${this.id})`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return this === ObjectRef ? isObjectRef(value) : Function.prototype[Symbol.hasInstance].call(this, value);
  }
}

Object.defineProperty(ObjectRef.prototype, brand, { value: true });
// No member of the class: TypeScript would take it for the iterator of the refs of a call with several returns.
Object.defineProperty(ObjectRef.prototype, Symbol.iterator, {
  value() {
    throw new TypeError(
      'This ObjectRef stands for one value and cannot be destructured. If the function returns a tuple and you want a ref ' +
        'for each element, declare it with @remote({ numReturns: 2 }) or .options({ numReturns: 2 }); else use get(ref)',
    );
  },
});

/** The ref of a generator's run: yields a ref per item, as produced. */
export class ObjectRefStream<out T = unknown> extends ObjectRef<T[]> implements AsyncIterable<ObjectRef<T>> {
  /** Leaving the loop early cancels the producer. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ObjectRef<T>, void, undefined> {
    let position = 0;
    try {
      for (; ; position++) {
        const item = await this.home.streamItem(this, position);
        if (item === undefined) {
          position = -1;
          return;
        }
        yield item as ObjectRef<T>;
      }
    } finally {
      if (position >= 0) this.home.abandonStream(this);
    }
  }
}

export function isObjectRef(value: unknown): value is ObjectRef {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
}

export function isObjectRefStream(value: unknown): value is ObjectRefStream {
  return isObjectRef(value) && Symbol.asyncIterator in value;
}

/** The refs of a call with several returns: an array that, passed as an argument, is resolved as one value. */
export function refGroup(refs: ObjectRef[]): readonly ObjectRef[] {
  Object.defineProperties(refs, {
    [groupBrand]: { value: true },
    id: { value: refs[0]?.id },
    toString: { value: () => `ObjectRefs(${refs.map(ref => ref.id).join(', ')})` },
  });
  return Object.freeze(refs);
}

export function isRefGroup(value: unknown): value is readonly ObjectRef[] {
  return Array.isArray(value) && (value as unknown as Record<symbol, unknown>)[groupBrand] === true;
}
