import type { Callable } from './callable.ts';
import type { ObjectRef } from './object-ref.ts';
import type { ResourceMap } from './resources.ts';
import type { PlacementGroupOptions } from './types.ts';

export interface GetSettings {
  /** Milliseconds; -1: none. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly copy: boolean;
  readonly progress: string | undefined;
}

/** An actor as a handle knows it. */
export interface ActorTarget {
  readonly id: number;
}

/** What one method of an actor is called with, beyond its arguments. */
export interface MethodCall {
  readonly name: string;
  readonly numReturns: number;
  readonly isGenerator: boolean;
  /** JSON of what differs from what the class declares, or ''. */
  readonly options: string;
}

/**
 * What `get`, `put`, `.remote()` and all the rest mean where they are called: in a driver the node itself answers, in a
 * worker its node is asked.
 */
export interface Runtime {
  readonly nodeId: string;
  /** Its session is over. */
  readonly hasEnded: boolean;
  /** Runs a task; returns its ref, refs or stream, or undefined if it declares no return. */
  submit(callable: Callable, args: readonly unknown[]): unknown;
  createActor(callable: Callable, args: readonly unknown[], methods: string): ActorTarget;
  callActor(actor: ActorTarget, method: MethodCall, args: readonly unknown[]): unknown;
  put(value: unknown): ObjectRef;
  /** Reserves the bundles of a new placement group; the ref is ready when they are. */
  reserve(bundles: readonly ResourceMap[], options: PlacementGroupOptions): { id: string; ready: ObjectRef };
  /** The values, in order; rejects as soon as one failed. */
  get(refs: readonly ObjectRef[], settings: GetSettings): Promise<unknown[]>;
  /**
   * The indices of the first `count` refs (in input order) that are ready, or fewer if the time is up. `fetchLocal`: values
   * on other nodes are brought, and ready when they are here.
   */
  wait(refs: readonly ObjectRef[], count: number, timeout: number, fetchLocal: boolean): Promise<number[]>;
  /** The indices of `refs` in order of completion. */
  completed(refs: readonly ObjectRef[]): AsyncGenerator<number, void, undefined>;
  /** Rarer questions, by name; see `questions.ts`. */
  ask(question: string, value: unknown): Promise<unknown>;
  /** The item at `position`, undefined after the last one; rejects with the signal's reason when it aborts. */
  streamItem(stream: ObjectRef, position: number, signal?: AbortSignal): Promise<ObjectRef | undefined>;
  abandonStream(stream: ObjectRef): void;
}
