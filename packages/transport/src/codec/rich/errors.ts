import { types } from 'node:util';
import { brandedClass, brandsOf, setBrands } from '../../aktis-error.ts';
import { type AnyClass, registeredClass, registeredName } from '../classes.ts';

/** Where a class of errors is looked up on arrival: registered by the user, an own class of Aktis, or built in. */
const REGISTERED = 'r:';
const BRANDED = 'a:';
const BUILT_IN = 'b:';

const builtIns: Record<string, AnyClass | undefined> = {
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError,
  DOMException,
};

/** Own properties that travel apart because they are not enumerable. */
const apart = ['cause', 'errors', 'name'] as const;

export function isErrorLike(value: object): value is Error {
  if (types.isNativeError(value) || value instanceof Error) return true;
  const tag = Object.prototype.toString.call(value);
  return tag === '[object Error]' || tag === '[object DOMException]';
}

/** The nearest class among those of `error` that the other side will know. */
export function errorClassKey(error: Error): string {
  for (let at = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    if (!Object.hasOwn(at, 'constructor')) continue;
    const Class: unknown = at.constructor;
    if (typeof Class !== 'function') continue;
    const registered = registeredName(Class);
    if (registered !== undefined) return REGISTERED + registered;
    if (brandedClass(Class.name) === Class) return BRANDED + Class.name;
    if (builtIns[Class.name] !== undefined && isNative(Class)) return BUILT_IN + Class.name;
  }
  return `${BUILT_IN}Error`;
}

/** Also true for the built-in classes of another realm. */
function isNative(Class: { readonly name: string }): boolean {
  return Class === builtIns[Class.name] || /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(Class));
}

/** The error's name; a class that never set one lends its own, which would be lost with the class. */
export function errorName(error: Error): string {
  const name = String(error.name);
  if (name !== 'Error' || Object.hasOwn(error, 'name')) return name;
  const own: unknown = error.constructor?.name;
  // What Node calls its own errors inside tells nobody anything.
  return typeof own === 'string' && own !== '' && own !== 'NodeError' ? own : name;
}

/** Enumerable own properties of `error`, without those that are fields of their own on the wire. */
export function shownKeys(error: Error): string[] {
  return Object.keys(error).filter(key => key !== 'message' && key !== 'stack');
}

/** Own properties that are not enumerable and must travel all the same. */
export function hiddenKeys(error: Error): string[] {
  return apart.filter(key => Object.hasOwn(error, key) && !Object.prototype.propertyIsEnumerable.call(error, key));
}

/** The fields of an error on the wire, see `Tag.error`. */
export type ErrorFields = readonly [
  classKey: string,
  name: string,
  message: string,
  stack: string | null,
  brands: readonly string[],
  shown: Record<string, unknown>,
  hidden: Record<string, unknown>,
];

export function reviveError(fields: ErrorFields): Error {
  const [classKey, name, message, stack, brands, shown, hidden] = fields;
  const error = blankError(classKey, name, message);
  for (const key of Object.keys(shown)) define(error, key, shown[key], true);
  for (const key of Object.keys(hidden)) define(error, key, hidden[key], false);
  if (stack !== null) define(error, 'stack', stack, false);
  if (error.name !== name) define(error, 'name', name, false);
  if (brands.length > 0 && brandsOf(error).join() !== brands.join()) setBrands(error, brands);
  return error;
}

function blankError(classKey: string, name: string, message: string): Error {
  const className = classKey.slice(2);
  if (classKey.startsWith(BUILT_IN) && className === 'DOMException') return new DOMException(message, name);
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // its stack is the one that travelled
  const error = new Error(message);
  Error.stackTraceLimit = stackTraceLimit;
  const Class = classKey.startsWith(REGISTERED)
    ? registeredClass(className)
    : classKey.startsWith(BRANDED)
      ? brandedClass(className)
      : builtIns[className];
  // A class this thread has not loaded: the error arrives all the same, under its name.
  if (Class !== undefined && Class !== Error) Object.setPrototypeOf(error, Class.prototype);
  return error;
}

function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, configurable: true, writable: true });
}
