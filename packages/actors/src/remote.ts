import {
  type ActorOptions,
  type AnyFunction,
  actorOptions,
  atCaller,
  type Constructor,
  callerModule,
  define,
  InvalidOptionError,
  type ModuleOption,
  methodOptions,
  type RemoteOptions,
  type Returns,
  type TaskOptions,
  taskOptions,
} from '@aktis/core';
import { type Decorated, decorated, isDecoratorCall } from './decorators.ts';
import { declareMethod } from './method-table.ts';
import { installRemote } from './remote-properties.ts';
import type { OptionsOf, RemoteDecorator, Remoted } from './types.ts';

/**
 * Makes a class an actor class, and a function or static method a task. Returns what it was given, unchanged: `new
 * Counter()` and `add(1, 2)` go on to run here. On a method it sets that method's options; other decorators of a method
 * go below it.
 *
 * It works as a decorator, legacy or standard, and as a function; with options, or with a number that means `numCpus`.
 * Workers find the definition by its module, which is the one that calls `remote`, and its name; wrappers around `remote`
 * pass `module: import.meta.url` of the module they are called from.
 *
 * @throws InvalidOptionError for a wrong option, and where there is nothing to decorate.
 * @example
 * @remote({ maxRestarts: 1 })
 * class Counter {
 *   #value = 0;
 *   increment(by = 1) { return (this.#value += by); }
 *   @remote() static square(x: number) { return x * x; }
 * }
 * const add = remote(function add(a: number, b: number) { return a + b; });
 */
export function remote(): RemoteDecorator;
// One signature for both: of several the compiler tells what is wrong with each, and a misspelt option drowns in it.
export function remote<Target extends Constructor | AnyFunction, const N extends number = never>(
  targetOrOptions: Target | number | RemoteOptions<N>,
): Remoted<Target, N>;
export function remote<Target extends AnyFunction>(
  target: Target,
  options: number | (TaskOptions & ModuleOption & { readonly numReturns?: never }),
): Target;
export function remote<Target extends (...args: never[]) => Returns<N>, const N extends number>(
  target: Target,
  options: TaskOptions & ModuleOption & { readonly numReturns: N },
): Target;
export function remote<Target extends Constructor>(
  target: Target,
  options: number | (ActorOptions & ModuleOption),
): Target;
export function remote<Target extends Constructor>(target: Target, context: ClassDecoratorContext): void;
export function remote<Method extends AnyFunction>(method: Method, context: ClassMethodDecoratorContext): void;
export function remote<Method extends AnyFunction>(
  of: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
): void;
// Accepts no more than those above. It is the last, and so the one whose complaint is shown: about the option, then.
export function remote<Target extends Constructor | AnyFunction>(
  target: Target,
  options: number | OptionsOf<Target>,
): Target;
export function remote(...args: unknown[]): unknown {
  try {
    return declared(args);
  } catch (error) {
    throw atCaller(error, remote);
  }
}

function declared(args: unknown[]): unknown {
  const [first, second] = args;
  if (isDecoratorCall(args)) return apply(decorated(args), undefined, () => callerModule(remote));
  if (typeof first === 'function') {
    const { options, module } = splitModule(second);
    return apply(decorated([first]), options, () => module ?? callerModule(remote));
  }
  if (args.length > 0) assertOptions(first);
  const { options, module = callerModule(remote) } = splitModule(first);
  assertAllowedSomewhere(options);
  const decorator = (...target: unknown[]): unknown => {
    try {
      return apply(decorated(target), options, () => module);
    } catch (error) {
      throw atCaller(error, decorator);
    }
  };
  return decorator;
}

function apply(what: Decorated, options: unknown, module: () => string | undefined): unknown {
  const { target } = what;
  switch (what.kind) {
    case 'class':
      installRemote(define('class', target, nameOf(target), actorOptions(options), module()));
      return target;
    case 'function':
      installRemote(define('function', target, nameOf(target), taskOptions(options), module()));
      return target;
    case 'static': {
      const checked = taskOptions(options);
      const from = module();
      what.whenOwned(owner => {
        const name = nameOf(owner) && `${nameOf(owner)}.${what.name}`;
        installRemote(define('function', target, name, checked, from));
      });
      return undefined;
    }
    case 'method':
      declareMethod(what.target, methodOptions(options));
      return undefined;
  }
}

/** A class may have a static member of this name. */
function nameOf(target: AnyFunction | Constructor): string {
  const { name } = target as { readonly name: unknown };
  return typeof name === 'string' ? name : '';
}

function splitModule(input: unknown): { options: unknown; module: string | undefined } {
  if (typeof input !== 'object' || input === null || !('module' in input)) return { options: input, module: undefined };
  const { module, ...options } = input;
  if (module !== undefined && (typeof module !== 'string' || module === '')) {
    throw new InvalidOptionError(
      `Option module is ${String(module)}, but must be import.meta.url of the defining module`,
    );
  }
  return { options, module };
}

/** What is wrong for every kind of target is refused at once, not only when the decorator is applied. */
function assertAllowedSomewhere(options: unknown): void {
  const errors: unknown[] = [];
  for (const check of [taskOptions, actorOptions, methodOptions]) {
    try {
      check(options);
      return;
    } catch (error) {
      errors.push(error);
    }
  }
  throw errors[0];
}

/** Otherwise what is no function would pass for options, and be found wanting only by the decorator that is made. */
function assertOptions(value: unknown): void {
  if (typeof value === 'number' || (typeof value === 'object' && value !== null && !Array.isArray(value))) return;
  decorated([value]);
}
