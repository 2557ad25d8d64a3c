import {
  type ActorOptions,
  type AnyFunction,
  actorOptions,
  atCaller,
  Callable,
  type Constructor,
  callTask,
  checkedFor,
  type Definition,
  InvalidOptionError,
  type TaskOptions,
  taskOptions,
} from '@aktis/core';
import { createActor } from './actor-creation.ts';

const callableSymbol = Symbol.for('aktis.callable');

/**
 * Gives a remote function or class its `.remote` and `.options`. They find what they belong to through `this`, because
 * a subclass inherits them from a remote base class without being remote itself.
 */
export function installRemote(definition: Definition): void {
  const { target, kind } = definition;
  const [remote, options] = kind === 'class' ? [createThis, optionsOfClass] : [callThis, optionsOfFunction];
  if (isTaken(target, 'remote')) {
    throw new InvalidOptionError(
      `${definition.name} has a static member 'remote' of its own, which @remote() needs for itself: rename it`,
    );
  }
  const callable = new Callable(definition, definition.options);
  Object.defineProperty(target, callableSymbol, { value: callable, configurable: true });
  Object.defineProperty(target, 'remote', { value: remote, configurable: true, writable: true });
  // A class may well have options of its own; TypeScript shows these, too, and only `.remote` remains ours.
  if (!isTaken(target, 'options')) {
    Object.defineProperty(target, 'options', { value: options, configurable: true, writable: true });
  }
}

function callThis(this: unknown, ...args: unknown[]): unknown {
  return callTask(checkedFor(callThis, callableOf, this), args, callThis);
}

function createThis(this: unknown, ...args: unknown[]): unknown {
  return createActor(checkedFor(createThis, callableOf, this), args, createThis);
}

function optionsOfFunction(this: unknown, options: number | TaskOptions): OptionedFunction {
  const callable = checkedFor(optionsOfFunction, callableOf, this);
  return new OptionedFunction(laidOver(callable, checkedFor(optionsOfFunction, taskOptions, options)));
}

function optionsOfClass(this: unknown, options: number | ActorOptions): OptionedClass {
  const callable = checkedFor(optionsOfClass, callableOf, this);
  return new OptionedClass(laidOver(callable, checkedFor(optionsOfClass, actorOptions, options)));
}

const installed: ReadonlySet<unknown> = new Set([callThis, createThis, optionsOfFunction, optionsOfClass]);

/** What `add.options(…)` returns. */
class OptionedFunction {
  readonly #callable: Callable;

  constructor(callable: Callable) {
    this.#callable = callable;
  }

  remote(...args: unknown[]): unknown {
    return callTask(this.#callable, args, this.remote);
  }

  options(options: number | TaskOptions): OptionedFunction {
    return new OptionedFunction(laidOver(this.#callable, checkedFor(this.options, taskOptions, options)));
  }
}

/** What `Counter.options(…)` returns. */
class OptionedClass {
  readonly #callable: Callable;

  constructor(callable: Callable) {
    this.#callable = callable;
  }

  remote(...args: unknown[]): unknown {
    return createActor(this.#callable, args, this.remote);
  }

  options(options: number | ActorOptions): OptionedClass {
    return new OptionedClass(laidOver(this.#callable, checkedFor(this.options, actorOptions, options)));
  }
}

function laidOver(callable: Callable, options: TaskOptions | ActorOptions): Callable {
  return new Callable(callable.definition, Object.freeze({ ...callable.options, ...options }));
}

function callableOf(target: unknown): Callable {
  if (typeof target === 'function') {
    const found = (target as { [callableSymbol]?: Callable })[callableSymbol];
    if (found !== undefined && found.definition.target === target) return found;
  }
  throw notRemote(target);
}

function notRemote(target: unknown): InvalidOptionError {
  if (typeof target !== 'function') {
    return new InvalidOptionError(
      '.remote and .options were called without what they belong to: write x => add.remote(x), not a bare add.remote; ' +
        'and Counter.remote() without "new"',
    );
  }
  const name = target.name || '(anonymous)';
  return new InvalidOptionError(
    /^class\b/.test(Function.prototype.toString.call(target))
      ? `${name} is not decorated with @remote: add @remote() above class ${name}, or write remote(${name})`
      : `${name} is not a remote function: write const ${name} = remote(function ${name}(…) { … }), or @remote() above a static method`,
  );
}

function isTaken(target: AnyFunction | Constructor, name: 'remote' | 'options'): boolean {
  return Object.hasOwn(target, name) && !installed.has((target as unknown as Record<string, unknown>)[name]);
}

/**
 * `.remote` of everything that was never passed to `remote`. TypeScript shows it on all functions, and "X.remote is not
 * a function" would help nobody.
 *
 * It is writable, configurable and not enumerable like the other members of `Function.prototype`: own members, fields,
 * assignments and `for in` behave as before. Only `'remote' in fn` turns true. The same is not done for `options`:
 * frameworks ask functions and constructors for their `options` and would take it for theirs.
 */
function explainMissingRemote(): void {
  if (Object.hasOwn(Function.prototype, 'remote') || !Object.isExtensible(Function.prototype)) return;
  const { remote } = {
    remote(this: unknown): never {
      throw atCaller(notRemote(this), remote);
    },
  };
  Object.defineProperty(Function.prototype, 'remote', { value: remote, configurable: true, writable: true });
}

explainMissingRemote();
