import type { ObjectRef } from '../object-ref.ts';
import type { MethodOptions, TaskOptions } from './options.ts';
import type { IsAny, RefOf, RefsOf } from './refs.ts';

declare const injected: unique symbol;

/**
 * The type of a constructor parameter that the worker's `container` fills in. It vanishes from `.remote()`'s parameters;
 * `new Account(100, new Ledger())` stays as it is.
 *
 * @example
 * constructor(start: number, @inject(Ledger) ledger: Injected<Ledger>) {}
 */
export type Injected<T> = T | (T & { readonly [injected]?: true });

/** For each argument the value, or a ref of it. Names, optional and rest parameters stay what they are. */
export type Args<A extends readonly unknown[]> = { [K in keyof A]: A[K] | ObjectRef<Awaited<A[K]>> };

/** What `.remote()` of a class takes: the constructor's parameters without those marked {@link Injected}. */
export type ConstructorArgs<A extends readonly unknown[]> = Args<UserArgs<A>>;

/** Taking a tuple apart loses the names of its parameters, so it is only done where something must go. */
type UserArgs<A extends readonly unknown[]> = true extends InjectedIn<A> ? WithoutInjected<A> : A;
type InjectedIn<A extends readonly unknown[]> = { [K in keyof A]-?: IsInjected<A[K]> }[number];
type IsInjected<P> = IsAny<P> extends true ? false : P extends unknown ? HasBrand<P> : false;
type HasBrand<P> = typeof injected extends keyof P ? true : never;

type WithoutInjected<A extends readonly unknown[]> = A extends readonly []
  ? []
  : A extends readonly [infer First, ...infer Rest]
    ? true extends IsInjected<First>
      ? WithoutInjected<Rest>
      : [...FirstOf<A, Rest>, ...WithoutInjected<Rest>]
    : A extends readonly [(infer First)?, ...infer Rest]
      ? number extends A['length']
        ? A
        : true extends IsInjected<First>
          ? WithoutInjected<Rest>
          : [...FirstOf<A, Rest>, ...WithoutInjected<Rest>]
      : A;

/** The first element as a tuple, which keeps the name it has as a parameter unless more parameters follow without end. */
type FirstOf<A extends readonly unknown[], Rest extends readonly unknown[]> = number extends Rest['length']
  ? [A[0]]
  : A extends readonly [...infer First, ...Rest]
    ? First
    : never;

/** A method on a handle: `counter.increment.remote(1)`. */
export interface RemoteMethod<A extends readonly unknown[], R, Result = RefOf<R>> {
  /** Queues the call and returns at once. */
  remote(...args: Args<A>): Result;
  /** The same method with these options laid over those it was declared with. */
  options<const N extends number>(
    options: MethodOptions & { readonly numReturns: N },
  ): RemoteMethod<A, R, RefsOf<R, N>>;
  options(options: number | MethodOptions): RemoteMethod<A, R, Result>;
}

/** A remote function with options laid over: `add.options({ numCpus: 2 })`. The function itself is untouched. */
export interface CallTask<A extends readonly unknown[], R, Result = RefOf<R>> {
  /** Submits the task and returns at once. */
  remote(...args: Args<A>): Result;
  options<const N extends number>(options: TaskOptions & { readonly numReturns: N }): CallTask<A, R, RefsOf<R, N>>;
  options(options: number | TaskOptions): CallTask<A, R, Result>;
}
