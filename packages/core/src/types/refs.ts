import type { ObjectRef, ObjectRefStream } from '../object-ref.ts';

/** `any` is assignable to everything, so every other question about a type must be asked after this one. */
export type IsAny<T> = 0 extends 1 & T ? true : false;

/** What generator functions return, also where their type is written down. */
type AnyGenerator<Y> =
  | Generator<Y, unknown, never>
  | AsyncGenerator<Y, unknown, never>
  | IterableIterator<Y, unknown, never>
  | AsyncIterableIterator<Y, unknown, never>;

/** `[A, B]` and the like, but neither `A[]` nor `[A, ...B[]]` nor `[]`. */
type FixedTuple = readonly [unknown, ...unknown[]];

/**
 * What `.remote()` returns for a function that returns `R`:
 * a stream for generators; for a tuple of fixed length one ref that is also the tuple of the elements' refs (they exist at
 * run time if `numReturns` says so); else one ref.
 */
export type RefOf<R> =
  IsAny<R> extends true
    ? ObjectRef<R>
    : [R] extends [never]
      ? ObjectRef<R>
      : [R] extends [AnyGenerator<infer Y>]
        ? ObjectRefStream<Y>
        : RefOfValue<Awaited<R>>;

type RefOfValue<V> =
  IsAny<V> extends true
    ? ObjectRef<V>
    : [V] extends [FixedTuple]
      ? number extends V['length']
        ? ObjectRef<V>
        : ObjectRef<V> & ElementRefs<V> & NoFurther<V>
      : ObjectRef<V>;

/** A ref for each element. */
export type ElementRefs<V extends readonly unknown[]> = { readonly [K in keyof V]: ObjectRef<V[K]> };

/** Makes destructuring into too many names an error: without it TypeScript falls back on the ref's own iterator. */
type NoFurther<V> = {
  readonly [K in Exclude<'0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9', keyof V>]?: never;
};

/** What `.remote()` returns after `.options({ numReturns: N })`. */
export type RefsOf<R, N extends number> = [N] extends [0]
  ? undefined
  : [N] extends [1]
    ? RefOf<R>
    : Awaited<R> extends readonly (infer Element)[]
      ? number extends Awaited<R>['length']
        ? ObjectRef<Awaited<R>> & readonly ObjectRef<Element>[]
        : RefOf<R>
      : RefOf<R>;

/** What a function must return to be declared with `numReturns: N`. */
export type Returns<N extends number> = N extends 0 | 1
  ? unknown
  : (readonly unknown[] & { readonly length: N }) | PromiseLike<readonly unknown[] & { readonly length: N }>;

/** The values of refs, in order: what `get` of an array resolves to. */
export type Values<Refs extends readonly unknown[]> = {
  -readonly [K in keyof Refs]: Refs[K] extends ObjectRef<infer T> ? T : never;
};
