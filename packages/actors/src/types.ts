import type {
  ActorHandle,
  ActorOptions,
  AnyFunction,
  Args,
  CallTask,
  Constructor,
  ConstructorArgs,
  CreateActor,
  ModuleOption,
  RefOf,
  RefsOf,
  Returns,
  TaskOptions,
} from '@aktis/core';

type AnyArgs = readonly unknown[];

declare global {
  // A decorator cannot add members to the class it decorates, so every class and function shows these two. One that was
  // not passed to `remote` throws and says so. More than these two names must never be added here: they turn up in the
  // completions of every function. `Function` itself is left alone, because third-party types extend it.
  interface NewableFunction {
    /** Creates an actor of this class, which must be decorated with `@remote()`, and returns its handle at once. */
    remote<A extends AnyArgs, T>(this: new (...args: A) => T, ...args: ConstructorArgs<A>): ActorHandle<T>;
    /** This class with options laid over those it was declared with; a number means `numCpus`. */
    options<A extends AnyArgs, T>(this: new (...args: A) => T, options: number | ActorOptions): CreateActor<A, T>;
  }

  interface CallableFunction {
    /** Runs this function, which must have been passed to `remote`, as a task and returns a ref of its result at once. */
    remote<A extends AnyArgs, R>(this: (...args: A) => R, ...args: Args<A>): RefOf<R>;
    /** This function with options laid over those it was declared with; a number means `numCpus`. */
    options<A extends AnyArgs, R, const N extends number>(
      this: (...args: A) => R,
      options: TaskOptions & { readonly numReturns: N },
    ): CallTask<A, R, RefsOf<R, N>>;
    options<A extends AnyArgs, R>(this: (...args: A) => R, options: number | TaskOptions): CallTask<A, R>;
  }
}

/** What `remote(…)` with or without options returns: decorates classes, methods and static methods, and wraps functions. */
export interface RemoteDecorator {
  <Target extends Constructor | AnyFunction>(target: Target): Target;
  <Target extends Constructor>(target: Target, context: ClassDecoratorContext): void;
  <Method extends AnyFunction>(method: Method, context: ClassMethodDecoratorContext): void;
  <Method extends AnyFunction>(of: object, name: string | symbol, descriptor: TypedPropertyDescriptor<Method>): void;
}

/** The same where `numReturns` was given: what it decorates must return as many values. */
export interface ReturningDecorator<N extends number> {
  <Target extends (...args: never[]) => Returns<N>>(target: Target): Target;
  <Method extends (...args: never[]) => Returns<N>>(method: Method, context: ClassMethodDecoratorContext): void;
  <Method extends (...args: never[]) => Returns<N>>(
    of: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void;
}

/**
 * What `remote` with one argument returns: a class or function itself, for options a decorator. Where options were given
 * no `Target` could be inferred, and it is all there may be. What is `any` stays so.
 */
export type Remoted<Target, N extends number> = unknown extends Target
  ? Target
  : Constructor | AnyFunction extends Target
    ? [N] extends [never]
      ? RemoteDecorator
      : ReturningDecorator<N>
    : Target;

/** What `remote` takes with a class, or with a function. */
export type OptionsOf<Target> = Target extends AnyFunction
  ? TaskOptions & ModuleOption & { readonly numReturns?: CountOf<Target> }
  : ActorOptions & ModuleOption;

/** How many values a function returns, where its type tells. */
type CountOf<Target> = Target extends (...args: never[]) => infer R
  ? Awaited<R> extends readonly unknown[]
    ? 0 | 1 | Awaited<R>['length']
    : 0 | 1
  : never;
