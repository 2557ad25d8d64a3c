import { types } from 'node:util';
import { isPlainArray } from '../plain.ts';

/** The built-in objects that travel, by what they are inside. */
export type BuiltInKind = 'bytes' | 'array' | 'map' | 'set' | 'date' | 'regexp' | 'url' | 'searchParams';

/** Checks the object itself, not its prototype: true across realms, and for classes that extend a built-in one. */
export function builtInKind(value: object): BuiltInKind | undefined {
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return 'bytes';
  if (Array.isArray(value)) return 'array';
  if (types.isMap(value)) return 'map';
  if (types.isSet(value)) return 'set';
  if (types.isDate(value)) return 'date';
  if (types.isRegExp(value)) return 'regexp';
  if (value instanceof URL) return 'url';
  if (value instanceof URLSearchParams) return 'searchParams';
  return undefined;
}

/** True for a direct instance of a built-in class, false for one of a class that extends it. */
export function isExactBuiltIn(value: object): boolean {
  if (isPlainArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  switch (builtInKind(value)) {
    case undefined:
    case 'array':
      return false;
    case 'bytes':
      if (prototype === Buffer.prototype) return true;
      return ArrayBuffer.isView(value) && !types.isDataView(value)
        ? depthOf(prototype) === 3
        : depthOf(prototype) === 2;
    default:
      return depthOf(prototype) === 2;
  }
}

/** How many prototypes there are from `prototype` on: 2 for `Map.prototype`, 3 for `Uint8Array.prototype`. */
function depthOf(prototype: object | null): number {
  let depth = 0;
  for (let at = prototype; at !== null; at = Object.getPrototypeOf(at)) depth++;
  return depth;
}
