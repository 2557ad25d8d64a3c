import { type AnyFunction, type Constructor, isGeneratorFunction, type MethodOptions } from '@aktis/core';

/** One method of an actor, as handles and mailboxes know it. */
export interface MethodEntry {
  readonly name: string;
  /** As declared by `@remote({ … })` on the method. */
  readonly options: MethodOptions;
  /** Its runs are streams. */
  readonly isGenerator: boolean;
}

/** By function and not by name: a method that overrides a declared one starts afresh. */
const declared = new WeakMap<AnyFunction, MethodOptions>();
const tables = new WeakMap<Constructor, ReadonlyMap<string, MethodEntry>>();
const none: MethodOptions = Object.freeze({});

/** Keeps what `@remote(options)` says about a method until its class is used. */
export function declareMethod(method: AnyFunction, options: MethodOptions): void {
  declared.set(method, options);
}

/**
 * The methods of `type` that can be called remotely, inherited ones included, worked out at the first call. Accessors
 * and methods named by symbols are none, nor is `then`: a handle must not look like a promise.
 */
export function methodTable(type: Constructor): ReadonlyMap<string, MethodEntry> {
  let table = tables.get(type);
  if (table === undefined) {
    table = new Map(entriesOf(type));
    tables.set(type, table);
  }
  return table;
}

function* entriesOf(type: Constructor): Generator<[string, MethodEntry]> {
  const seen = new Set<string>(['constructor', 'then']);
  for (const prototype of prototypesOf(type)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (seen.has(name)) continue;
      // Also when it is no method: it hides what a base class has under the name.
      seen.add(name);
      if (typeof value !== 'function') continue;
      yield [name, { name, options: declared.get(value) ?? none, isGenerator: isGeneratorFunction(value) }];
    }
  }
}

function* prototypesOf(type: Constructor): Generator<object> {
  let prototype: object | null = (type as { prototype: object }).prototype;
  // The last in every chain is `Object.prototype`, perhaps that of another realm.
  for (let base: object | null; prototype !== null; prototype = base) {
    base = Object.getPrototypeOf(prototype);
    if (base !== null) yield prototype;
  }
}
