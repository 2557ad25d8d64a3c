import { InvalidOptionError, ModuleLoadError } from './errors.ts';
import { hasQuery, moduleUrl } from './loading/module-url.ts';

export type AnyFunction = (...args: never[]) => unknown;
export type Constructor = abstract new (...args: never[]) => unknown;

/** A remote function or class: what a worker looks up to run the work it was sent. */
export interface Definition {
  /** Normalised module URL, `#`, name: the same in the driver and in every worker. */
  readonly key: string;
  /** The URL of the defining module, without query and hash. */
  readonly module: string;
  /** `add`, `Counter`, or `Counter.square` for a static method. */
  readonly name: string;
  readonly kind: 'function' | 'class';
  readonly target: AnyFunction | Constructor;
  /** As validated by whoever defined it; opaque here. */
  readonly options: object;
}

interface Registry {
  readonly definitions: Map<string, Definition>;
  readonly listeners: Set<(definition: Definition) => void>;
}

/** Shared by every copy of this package in the thread, so that each finds what the others defined. */
const registrySymbol = Symbol.for('aktis.definitions');
const definitionSymbol = Symbol.for('aktis.definition');

const shared = globalThis as { [registrySymbol]?: Registry };
shared[registrySymbol] ??= { definitions: new Map(), listeners: new Set() };
const { definitions, listeners } = shared[registrySymbol];

/**
 * Makes `target` known as `name` of `module` and marks it, so that `definitionOf(target)` finds it.
 *
 * `module` is what `callerModule` returned. A module that comes again under a query (`?v=2`, as hot reloading does)
 * replaces what it defined before.
 *
 * @throws InvalidOptionError without a name, or when the module has another target of this name.
 * @throws ModuleLoadError when `module` is `undefined`: workers have no file to load.
 */
export function define(
  kind: Definition['kind'],
  target: AnyFunction | Constructor,
  name: string,
  options: object,
  module: string | undefined,
): Definition {
  if (name === '') throw new InvalidOptionError(anonymous(kind, module));
  if (module === undefined) throw new ModuleLoadError(outsideOfFiles(kind, name));
  const url = moduleUrl(module);
  const key = `${url}#${name}`;
  const existing = definitions.get(key);
  if (existing !== undefined && existing.target !== target && !hasQuery(module)) {
    throw new InvalidOptionError(
      `${url} defines two remote ${kind === 'class' ? 'classes' : 'functions'} named '${name}', and workers find them by name: ` +
        'rename one. (A definition inside a function that is called twice counts twice: move it to the top level.)',
    );
  }
  const definition: Definition = { key, module: url, name, kind, target, options };
  Object.defineProperty(target, definitionSymbol, { value: definition, configurable: true });
  definitions.set(key, definition);
  for (const listener of listeners) listener(definition);
  return definition;
}

/** The definition of `target` itself, never one it inherits: a subclass of a remote class is not remote. */
export function definitionOf(target: unknown): Definition | undefined {
  if (typeof target !== 'function') return undefined;
  const found = (target as { [definitionSymbol]?: Definition })[definitionSymbol];
  // An inherited property names its own class as target; comparing costs less than `Object.hasOwn`.
  return found !== undefined && found.target === target ? found : undefined;
}

/** The definition registered under `key` in this thread, if its module was loaded already. */
export function findDefinition(key: string): Definition | undefined {
  return definitions.get(key);
}

/** The URLs of the modules that have defined something, in that order. */
export function definingModules(): string[] {
  return [...new Set(Array.from(definitions.values(), ({ module }) => module))];
}

/** Calls `listener` for every definition made from now on. Returns what ends that. */
export function onDefined(listener: (definition: Definition) => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** The module part of a key: its URL holds no `#`, a name might. */
export function moduleOfKey(key: string): string {
  return key.slice(0, key.indexOf('#'));
}

/** The name part of a key. */
export function nameOfKey(key: string): string {
  return key.slice(key.indexOf('#') + 1);
}

function anonymous(kind: Definition['kind'], module: string | undefined): string {
  const example = kind === 'class' ? 'remote(class Counter { … })' : 'remote(function add(a, b) { … })';
  return `A remote ${kind} in ${module ?? 'this program'} has no name, and workers find it by name: write ${example}.`;
}

function outsideOfFiles(kind: Definition['kind'], name: string): string {
  return (
    `The remote ${kind} '${name}' is defined in code that belongs to no file (eval, -e, the REPL), so workers cannot load it: ` +
    'put it in a file, or pass remote({ module: import.meta.url }).'
  );
}
