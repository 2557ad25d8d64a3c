/** What brands the errors of Aktis, so that `instanceof` holds across threads, realms and copies of the package. */
const brands = Symbol.for('aktis.error.brands');

/**
 * The root of every error Aktis raises by itself. `code` is stable and meant for programs; `message` is meant for
 * people and says what to do next.
 */
export class AktisError extends Error {
  static readonly code: string = 'ERR_AKTIS';
  readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = (this.constructor as typeof AktisError).code;
    Object.defineProperty(this, 'name', { value: this.constructor.name, configurable: true, writable: true });
  }

  /** The names of the Aktis error classes this error is an instance of, most derived first. */
  get [brands](): readonly string[] {
    return classNames(this.constructor as ErrorClass);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore-start lint/complexity/noThisInStatic: `this` is the derived class that `instanceof` names
    if (!hasOwnBrandedClass(this)) return Function.prototype[Symbol.hasInstance].call(this, value);
    return brandsOf(value).includes(this.name);
    // biome-ignore-end lint/complexity/noThisInStatic: see above
  }
}

type ErrorClass = abstract new (...args: never[]) => Error;

const ownClasses = new WeakSet<object>([AktisError]);
const classesByName = new Map<string, ErrorClass>([['AktisError', AktisError]]);

/** Classes of Aktis match by brand; what users derive from them matches by prototype, as anywhere else. */
function hasOwnBrandedClass(type: object): boolean {
  return ownClasses.has(type);
}

/** Marks `type` as one of Aktis' own error classes; the codec revives errors that travelled to the class of this name. */
export function branded<T extends ErrorClass>(type: T): T {
  ownClasses.add(type);
  classesByName.set(type.name, type);
  return type;
}

/** The Aktis error class of this name, when the package that declares it is loaded. */
export function brandedClass(name: string): ErrorClass | undefined {
  return classesByName.get(name);
}

/** Gives `error` these brands and no others, without changing its prototype. */
export function setBrands(error: Error, names: readonly string[]): void {
  Object.defineProperty(error, brands, { value: names, configurable: true });
}

/** Adds to `error` the brand of `type` without changing its prototype: how a thrown `RangeError` also becomes a `TaskError`. */
export function addBrand(error: Error, type: ErrorClass): void {
  setBrands(error, [...new Set([...brandsOf(error), ...classNames(type)])]);
}

/** The names of the Aktis error classes `value` is an instance of. */
export function brandsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return (value as { [brands]?: readonly string[] })[brands] ?? [];
}

function classNames(type: ErrorClass): string[] {
  const names: string[] = [];
  for (let at: unknown = type; typeof at === 'function' && at !== Error; at = Object.getPrototypeOf(at)) {
    if (ownClasses.has(at)) names.push((at as { name: string }).name);
  }
  return names;
}
