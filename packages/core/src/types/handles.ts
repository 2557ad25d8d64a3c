import type { ConstructorArgs, RemoteMethod } from './calls.ts';
import type { ActorOptions } from './options.ts';
import type { IsAny } from './refs.ts';

declare const actor: unique symbol;

type AnyMethod = (...args: never[]) => unknown;

/**
 * The public methods of an actor of class `T`, each with `.remote()` and `.options()`. A handle may be passed to tasks
 * and actors, stored in objects, compared, and awaited to no effect.
 */
export type ActorHandle<T = unknown> = RemoteMethods<T> & {
  /** Makes a handle of a derived class usable as one of its base, and nothing else usable as a handle. */
  readonly [actor]: T;
};

type RemoteMethods<T> =
  IsAny<T> extends true
    ? // biome-ignore lint/suspicious/noExplicitAny: of an unknown class nothing is checked
      { readonly [method: string]: RemoteMethod<any[], any> }
    : {
        readonly [K in keyof T as K extends 'then' ? never : T[K] extends AnyMethod ? K : never]: T[K] extends (
          ...args: infer A
        ) => infer R
          ? RemoteMethod<A, R>
          : never;
      };

/** A remote class with options laid over: `Counter.options({ name: 'hits' })`. The class itself is untouched. */
export interface CreateActor<A extends readonly unknown[], T> {
  /** Creates the actor and returns its handle at once. */
  remote(...args: ConstructorArgs<A>): ActorHandle<T>;
  options(options: number | ActorOptions): CreateActor<A, T>;
}
