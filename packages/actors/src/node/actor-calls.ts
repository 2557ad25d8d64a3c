import {
  type AktisError,
  type CallActor,
  Deque,
  type EncodedArguments,
  Failure,
  type Holdable,
  type InvalidOptionError,
  type MethodCall,
  type Node,
  type ObjectEntry,
  type Payload,
  PendingCallsLimitError,
  type Task,
  type WorkerThread,
} from '@aktis/core';
import { splitPairs } from '@aktis/core/hub';
import { unknownGroupError } from '../concurrency-groups.ts';
import { type MethodOptions, parseMethodOptions } from '../method-options.ts';
import { type Actor, type ActorToken, CallPlace } from './actor.ts';
import type { ActorRoute } from './actor-route.ts';
import { MethodTask } from './method-task.ts';

/** One call, before it is a task. */
export interface NewCall {
  readonly id: number;
  readonly method: string;
  readonly args: Payload;
  readonly contains: readonly Holdable[] | null;
  readonly dependencies: readonly Holdable[] | null;
  readonly positions: readonly number[] | null;
  /** JSON of the options of this call, or ''. */
  readonly options: string;
  readonly parent: Task | null;
  /** Whose calls stay in order, unless it is the parent. */
  readonly caller?: number | undefined;
  readonly isDriver: boolean;
}

/** Makes tasks of calls, and keeps the calls of each caller in order. */
export class ActorCalls {
  readonly #node: Node;
  readonly #route: ActorRoute;
  readonly #find: (id: number) => ActorToken | undefined;

  constructor(node: Node, route: ActorRoute, find: (id: number) => ActorToken | undefined) {
    this.#node = node;
    this.#route = route;
    this.#find = find;
  }

  fromDriver(token: ActorToken, method: MethodCall, encoded: EncodedArguments): Task {
    const refusal = fullMailbox(token.actor) ?? unknownGroup(token.actor, method.options);
    if (refusal !== null) throw refusal;
    const { ids } = this.#node;
    const id = method.numReturns > 1 ? ids.takeMany(method.numReturns) : ids.take();
    const { payload: args, contains, dependencies, positions } = encoded;
    const { name, options } = method;
    return this.#submit(token, {
      id,
      method: name,
      args,
      contains,
      dependencies,
      positions,
      options,
      parent: null,
      isDriver: true,
    });
  }

  /**
   * A call that another node sent.
   *
   * @param call `caller`: a number for who made it there; `trace`: a `traceparent` header
   */
  fromNode(
    token: ActorToken,
    call: Omit<NewCall, 'id' | 'parent' | 'isDriver'> & { readonly trace: string | undefined },
  ): Task {
    const { method, args, contains, dependencies, positions, options, caller, trace } = call;
    const { numReturns = 1 } = methodOptions(token.actor, call);
    const id = this.#node.ids.takeMany(Math.max(1, numReturns));
    if (trace !== undefined) this.#node.tasks.traces.announced(id, trace);
    return this.#submit(token, {
      id,
      method,
      args,
      contains,
      dependencies,
      positions,
      options,
      parent: null,
      caller,
      isDriver: false,
    });
  }

  fromWorker(thread: WorkerThread, [, caller, id, target, method, args, pairs, options]: CallActor): void {
    const token = (thread.held(target) as ActorToken | undefined) ?? this.#find(target);
    if (token === undefined) return;
    const { entries: dependencies, positions } = splitPairs(thread, pairs);
    const contains = thread.contained(args);
    const parent = thread.taskIn(caller);
    const task = this.#submit(token, {
      id,
      method,
      args,
      contains,
      dependencies,
      positions,
      options,
      parent,
      isDriver: false,
    });
    thread.hold(task.outputs ?? [task.output]);
  }

  #submit(token: ActorToken, call: NewCall): MethodTask {
    const { actor } = token;
    const { tasks } = this.#node;
    const options = methodOptions(actor, call);
    const task = new MethodTask(actor, this.#route, call, options);
    this.#node.prepareOutputs(task, options.numReturns ?? 1, options.isGenerator === true, options.streamBuffer);
    const place = new CallPlace(token);
    task.place = place;
    // In a driver a full mailbox has thrown already; to a worker it can only be told.
    const refusal = call.isDriver ? null : (fullMailbox(actor) ?? unknownGroup(actor, call.options));
    if (actor.death !== null || refusal !== null) {
      tasks.refuse(task, actor.death ?? Failure.of(refusal as AktisError, this.#node.origin(task, null)));
      return task;
    }
    actor.calls.add(task);
    keepOrder(actor, task, place, call.caller ?? task.caller, call.dependencies !== null);
    tasks.submit(task, call.dependencies as readonly ObjectEntry[] | null, call.positions);
    return task;
  }
}

/** A call that waits for arguments holds back the later calls of the same caller. */
function keepOrder(actor: Actor, task: Task, place: CallPlace, caller: number, waits: boolean): void {
  let queue = actor.callers?.get(caller);
  if (queue === undefined && !waits) return;
  if (queue === undefined) {
    queue = { caller, calls: new Deque() };
    actor.callers ??= new Map();
    actor.callers.set(caller, queue);
  }
  queue.calls.push(task);
  place.queue = queue;
}

function methodOptions(actor: Actor, { method, options }: Pick<NewCall, 'method' | 'options'>): MethodOptions {
  const declared = parseMethodOptions(actor.methods)[method] ?? {};
  return options === '' ? declared : { ...declared, ...(JSON.parse(options) as MethodOptions) };
}

function fullMailbox(actor: Actor): PendingCallsLimitError | null {
  const limit = actor.callable.options.maxPendingCalls ?? -1;
  if (limit < 0 || actor.calls.size < limit) return null;
  return new PendingCallsLimitError(
    `${actor} has ${actor.calls.size} unfinished calls and maxPendingCalls is ${limit}: wait for some of them first`,
  );
}

function unknownGroup(actor: Actor, options: string): InvalidOptionError | null {
  const group = options === '' ? undefined : (JSON.parse(options) as MethodOptions).concurrencyGroup;
  return group === undefined
    ? null
    : unknownGroupError(actor.className, group, actor.callable.options.concurrencyGroups);
}
