/**
 * The gate of the fast path: whether JSON carries a value without loss. One walk that allocates nothing for small
 * values, because it runs on every call.
 */

/** Deeper values are refused: `JSON.stringify` recurses natively, and the stack of a worker is small. */
export const MAX_DEPTH = 1000;

const rootPrototype = Object.prototype;
const arrayPrototype = Array.prototype;

/**
 * True for object literals of any realm (jest and `node:vm` have their own `Object.prototype`) and for objects without
 * prototype, which arrive as literals.
 */
export function hasPlainPrototype(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === rootPrototype || prototype === null || isForeignRoot(prototype);
}

/** True for arrays, false for instances of classes derived from `Array`. */
export function isPlainArray(value: unknown): value is unknown[] {
  if (!Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === arrayPrototype) return true;
  const parent = prototype === null ? null : Object.getPrototypeOf(prototype);
  return parent !== null && isForeignRoot(parent);
}

function isForeignRoot(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty');
}

/** A finite number that is not -0: JSON writes NaN and the infinities as null, and drops the sign of zero. */
export function isPlainNumber(value: number): boolean {
  return value - value === 0 && (value !== 0 || 1 / value > 0);
}

/**
 * True when `JSON.parse(JSON.stringify(value))` gives back the same value: no object met twice (JSON would make two of
 * it), nothing undefined, no class instance.
 */
export function isPlain(value: unknown): boolean {
  met.clear();
  try {
    return walk(value, 0);
  } catch {
    return false; // a getter threw; the rich path says where
  } finally {
    met.clear();
  }
}

/** As {@link isPlain}, with the objects met so far in `known`, to which it adds. */
export function isPlainBeside(value: unknown, depth: number, known: Set<object>): boolean {
  met.clear();
  met.many = known;
  try {
    return walk(value, depth);
  } catch {
    return false;
  } finally {
    met.clear();
  }
}

function walk(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return isPlainNumber(value);
    case 'object':
      if (value === null) return true;
      break;
    default:
      return false;
  }
  if (depth > MAX_DEPTH || !met.add(value)) return false;
  if (Array.isArray(value)) {
    if (!isPlainArray(value)) return false;
    for (let i = 0; i < value.length; i++) if (!walk(value[i], depth + 1)) return false;
    return true;
  }
  if (!hasPlainPrototype(value)) return false;
  // for-in is twice as fast as Object.keys here; an inherited enumerable key would only send the value the long way.
  for (const key in value) if (!walk((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}

/** Objects met in this walk. Most values hold a handful: comparing those is cheaper than a Set. */
class Met {
  readonly #few: (object | undefined)[] = new Array(8).fill(undefined);
  #count = 0;
  many: Set<object> | undefined;

  /** False when `value` was met before. */
  add(value: object): boolean {
    if (this.many !== undefined) {
      const before = this.many.size;
      return this.many.add(value).size !== before;
    }
    for (let i = 0; i < this.#count; i++) if (this.#few[i] === value) return false;
    if (this.#count < 8) {
      this.#few[this.#count++] = value;
      return true;
    }
    this.many = new Set(this.#few as object[]).add(value);
    return true;
  }

  clear(): void {
    for (let i = 0; i < this.#count; i++) this.#few[i] = undefined;
    this.#count = 0;
    this.many = undefined;
  }
}

const met = new Met();
