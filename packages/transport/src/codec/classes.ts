import { AktisError, branded } from '../aktis-error.ts';

// biome-ignore lint/suspicious/noExplicitAny: a class with any constructor; the codec never calls it
export type AnyClass = abstract new (...args: any[]) => object;

interface ClassRegistry {
  readonly byName: Map<string, AnyClass>;
  readonly names: WeakMap<object, string>;
}

/** Two different classes were registered under one name. */
export class DuplicateClassError extends AktisError {
  static override readonly code = 'ERR_AKTIS_DUPLICATE_CLASS';
}
branded(DuplicateClassError);

// On globalThis, so that two copies of this package in one program share what the user registered.
const registryKey = Symbol.for('aktis.codec.classes');

function registry(): ClassRegistry {
  const holder = globalThis as { [registryKey]?: ClassRegistry };
  holder[registryKey] ??= { byName: new Map(), names: new WeakMap() };
  return holder[registryKey];
}

/**
 * Lets instances of `Class` travel and keep their class: as arguments, results, members of values, and as errors.
 * The own enumerable fields travel; the constructor does not run again on arrival. `#private` fields cannot be read
 * from outside the class and are absent on the other side.
 *
 * Register in the module that declares the class: whatever thread imports it then knows it. `name` tells classes of
 * equal names apart. Throws `DuplicateClassError` when another class has the name already.
 *
 * @example
 * class Point { constructor(public x: number, public y: number) {} length() { return Math.hypot(this.x, this.y); } }
 * register(Point);
 */
export function register<C extends AnyClass>(Class: C, name: string = Class.name): C {
  if (typeof Class !== 'function') throw new TypeError(`register() takes a class, not ${typeof Class}.`);
  if (name === '') throw new TypeError('A class without a name needs one: register(Class, "Name").');
  const { byName, names } = registry();
  const other = byName.get(name);
  if (other !== undefined && other !== Class) {
    throw new DuplicateClassError(
      `Another class is registered as '${name}' already. Give this one a name of its own: register(${Class.name || 'Class'}, '…').`,
    );
  }
  byName.set(name, Class);
  names.set(Class, name);
  return Class;
}

type ClassDecoratorLike = <C extends AnyClass>(Class: C, context?: ClassDecoratorContext<C>) => void;

/**
 * {@link register} as a decorator, in legacy and in standard mode: `@serializable`, `@serializable()` or
 * `@serializable('name')`.
 */
export function serializable(name?: string): ClassDecoratorLike;
export function serializable<C extends AnyClass>(Class: C, context?: ClassDecoratorContext<C>): void;
export function serializable(first?: string | AnyClass, context?: ClassDecoratorContext<AnyClass>): unknown {
  if (typeof first === 'function') return decorate(first, undefined, context);
  return (Class: AnyClass, inner?: ClassDecoratorContext<AnyClass>) => decorate(Class, first, inner);
}

function decorate(Class: AnyClass, name: string | undefined, context?: ClassDecoratorContext<AnyClass>): void {
  const wanted = name ?? (Class.name || context?.name);
  if (context === undefined) register(Class, wanted);
  // In standard mode a later decorator may replace the class: the initializer sees the final one.
  else
    context.addInitializer(function (this: AnyClass) {
      register(this, wanted);
    });
}

/** The name `Class` is registered under. */
export function registeredName(Class: unknown): string | undefined {
  return typeof Class === 'function' ? registry().names.get(Class) : undefined;
}

/** The class registered under `name`. */
export function registeredClass(name: string): AnyClass | undefined {
  return registry().byName.get(name);
}

/** The class of which `value` is a direct instance, undefined for object literals. */
export function classOf(value: object): AnyClass | undefined {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || !Object.hasOwn(prototype, 'constructor')) return undefined;
  return typeof prototype.constructor === 'function' ? prototype.constructor : undefined;
}
