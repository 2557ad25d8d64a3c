import { type AnyFunction, type Constructor, InvalidOptionError } from '@aktis/core';

/** What `remote` was applied to. */
export type Decorated =
  | { readonly kind: 'class'; readonly target: Constructor }
  | { readonly kind: 'function'; readonly target: AnyFunction }
  | { readonly kind: 'method'; readonly target: AnyFunction }
  | { readonly kind: 'static'; readonly target: AnyFunction; readonly name: string; readonly whenOwned: WhenOwned };

/** Calls back with the class of a static method: at once, or when the class exists. */
type WhenOwned = (callback: (owner: Constructor) => void) => void;

/** The second argument of a standard decorator, as far as it matters here. */
interface StandardContext {
  readonly kind: 'class' | 'method' | 'getter' | 'setter' | 'field' | 'accessor';
  readonly name: string | symbol | undefined;
  readonly static?: boolean;
  readonly private?: boolean;
  addInitializer(initializer: (this: unknown) => void): void;
}

/**
 * Reads the arguments a compiler calls a decorator with:
 *
 * ```
 *   (value, context)              standard: context.kind says what it is
 *   (prototype, name, descriptor) legacy, method          (Class, name, descriptor)  legacy, static method
 *   (prototype, name)             legacy, field           (…, name, index)           legacy, parameter
 *   (value)                       legacy, class; or a call by hand: remote(fn)
 * ```
 */
export function decorated(args: readonly unknown[]): Decorated {
  const [value, second, third] = args;
  if (isStandardContext(second)) return standard(value, second);
  if (typeof third === 'number') throw misplaced('a parameter');
  if (args.length > 1 && (typeof second === 'string' || typeof second === 'symbol'))
    return legacy(value, second, third);
  if (typeof value !== 'function') {
    throw new InvalidOptionError(
      `remote() was given ${value === null ? 'null' : `a value of type ${typeof value}`}, but takes a class or a function` +
        (value === undefined
          ? '. If it is imported, the modules import each other in a circle and it is not defined yet'
          : ''),
    );
  }
  return isClass(value)
    ? { kind: 'class', target: value as unknown as Constructor }
    : { kind: 'function', target: value as AnyFunction };
}

/** Whether these are the arguments of a decorator, in distinction to `remote(fn, options)`. */
export function isDecoratorCall(args: readonly unknown[]): boolean {
  const [, second] = args;
  if (args.length === 1) return typeof args[0] === 'function';
  return isStandardContext(second) || typeof second === 'string' || typeof second === 'symbol' || args.length === 3;
}

function standard(value: unknown, context: StandardContext): Decorated {
  const { kind, name } = context;
  if (kind === 'class') return { kind, target: value as Constructor };
  if (kind !== 'method') throw misplaced(`the ${kind} '${String(name)}'`);
  if (context.private) throw misplaced(`the private method '${String(name)}', which nobody outside can call`);
  const target = value as AnyFunction;
  const method = methodName(name);
  if (!context.static) return { kind, target };
  return {
    kind: 'static',
    target,
    name: method,
    whenOwned: callback =>
      context.addInitializer(function () {
        callback(this as Constructor);
      }),
  };
}

function legacy(owner: unknown, name: string | symbol, descriptor: unknown): Decorated {
  const { value, get, set } = (descriptor ?? {}) as PropertyDescriptor;
  if (get !== undefined || set !== undefined) throw misplaced(`the accessor '${String(name)}'`);
  if (typeof value !== 'function') throw misplaced(`the field '${String(name)}'`);
  const method = methodName(name);
  if (typeof owner !== 'function') return { kind: 'method', target: value };
  return {
    kind: 'static',
    target: value,
    name: method,
    whenOwned: callback => callback(owner as unknown as Constructor),
  };
}

function methodName(name: string | symbol | undefined): string {
  if (typeof name === 'string') return name;
  throw misplaced(`the method ${String(name)}: remote methods are called by name, and a symbol cannot travel`);
}

function misplaced(what: string): InvalidOptionError {
  return new InvalidOptionError(`@remote cannot be applied to ${what}; it goes on classes, methods and static methods`);
}

function isStandardContext(value: unknown): value is StandardContext {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, addInitializer } = value as Partial<StandardContext>;
  return typeof kind === 'string' && typeof addInitializer === 'function';
}

/** Holds for every class whose compiler leaves classes in place, that is for all targets from ES2015 on. */
function isClass(value: unknown): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}
