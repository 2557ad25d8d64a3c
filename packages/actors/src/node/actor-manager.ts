import type { Channel } from 'node:diagnostics_channel';
import { setTimeout } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ActorDiedError,
  type ActorFacts,
  AktisError,
  type Callable,
  type CreateActorMessage,
  channels,
  type EncodedArguments,
  Failure,
  groupOf,
  type Holdable,
  isTracing,
  NameTakenError,
  type Node,
  NodeDiedError,
  type NodeExtension,
  type ObjectEntry,
  Op,
  placementOf,
  type ResourceShape,
  splitPairs,
  type Task,
  type ToNode,
  type WorkerThread,
} from '@aktis/core';
import { Actor, type ActorToken, CallPlace, type Construction, whenAbandoned } from './actor.ts';
import { ActorCalls } from './actor-calls.ts';
import { ActorNames } from './actor-names.ts';
import { declareActorQuestions } from './actor-questions.ts';
import { holdsForLife, lifeResources } from './actor-resources.ts';
import { ActorRoute, deathOfActor, willRestart } from './actor-route.ts';
import { ActorTable } from './actor-table.ts';
import { ActorThreads } from './actor-threads.ts';
import { CreationQueue } from './creation-queue.ts';
import type { ActorsElsewhere, RemoteHome } from './elsewhere.ts';
import { ConstructorTask } from './method-task.ts';

/** The actors of a node: their creation, restarts and ends. */
export class ActorManager implements NodeExtension, ActorFacts {
  readonly node: Node;
  readonly names = new ActorNames();
  readonly actors = new Map<number, Actor>();
  /** Other nodes, when this one has joined a cluster. */
  elsewhere: ActorsElsewhere | null = null;
  readonly #route: ActorRoute;
  readonly #threads: ActorThreads;
  readonly calls: ActorCalls;
  readonly #creations = new Map<ResourceShape, CreationQueue>();
  /** Told when an actor has stopped, at shutdown. */
  readonly #stopping = new Map<Actor, () => void>();
  readonly #table: ActorTable;
  #living = 0;

  constructor(node: Node) {
    this.node = node;
    this.#route = new ActorRoute(node);
    this.calls = new ActorCalls(node, this.#route, id => this.actors.get(id)?.token);
    this.#threads = new ActorThreads(node, actor => this.#route.flush(actor));
    node.runtime.actors = {
      create: (callable, args, methods) => this.#fromDriver(callable, args, methods),
      call: (target, method, args) => this.calls.fromDriver(target as ActorToken, method, args),
    };
    node.lookups.push(id => this.actors.get(id)?.token);
    declareActorQuestions(this);
    this.#table = new ActorTable(node, this.actors);
    node.state.add('actors', this.#table);
    node.state.actors = this;
  }

  get holdsResources(): boolean {
    for (const queue of this.#creations.values()) if (queue.isHeld) return true;
    return false;
  }

  // ── what the node's state knows of actors ──────────────────────────────────────────────────────────────────────

  /** Without those on other nodes, which are counted there. */
  get living(): number {
    if (this.elsewhere === null) return this.#living;
    let living = 0;
    for (const { state, away } of this.actors.values()) if (state !== 'dead' && away === null) living++;
    return living;
  }

  on(thread: WorkerThread): number[] {
    return [...(this.#threads.of(thread)?.actors ?? [])].map(({ id }) => id);
  }

  *unfinished(): Generator<Task[]> {
    for (const { calls } of this.actors.values()) if (calls.size > 0) yield calls.all();
  }

  *constructions(): Generator<readonly Holdable[]> {
    for (const { construction, state } of this.actors.values()) {
      if (state === 'dead') continue;
      if (construction.dependencies !== null) yield construction.dependencies;
      if (construction.contains !== null) yield construction.contains;
    }
  }

  // ── messages of workers ────────────────────────────────────────────────────────────────────────────────────────

  handle(thread: WorkerThread, message: ToNode): void {
    switch (message[0]) {
      case Op.CreateActor:
        this.#fromWorker(thread, message);
        break;
      case Op.CallActor:
        this.calls.fromWorker(thread, message);
        break;
      case Op.Suspended:
        this.#threads.of(thread)?.suspended(message[1]);
        break;
      case Op.ActorStopped:
        this.#stopped(message[1], message[2] === 1);
        break;
    }
  }

  // ── creation ───────────────────────────────────────────────────────────────────────────────────────────────────

  #fromDriver(callable: Callable, encoded: EncodedArguments, methods: string): ActorToken {
    const { payload: args, contains, dependencies, positions } = encoded;
    const construction = { args, contains, dependencies: dependencies as readonly ObjectEntry[] | null, positions };
    const id = this.node.ids.take();
    if (this.elsewhere !== null && isTracing()) this.#trace(id, callable);
    return this.#create(id, callable, construction, methods).token;
  }

  #trace(id: number, { definition }: Callable): void {
    const { node } = this;
    node.tasks.traces.created(id, definition.name, { actorId: node.state.actorIds.of(id), nodeId: node.id });
  }

  #fromWorker(thread: WorkerThread, [, caller, id, number, args, dependencies, methods]: CreateActorMessage): void {
    const { entries, positions } = splitPairs(thread, dependencies);
    const contains = thread.contained(args);
    const construction = { args, contains, dependencies: entries as readonly ObjectEntry[] | null, positions };
    const callable = this.node.captured(thread.foreign(number), thread.taskIn(caller));
    const actor = this.#create(id, callable, construction, methods);
    thread.handles.addAs(id, actor.token);
  }

  /** A new actor, or with `getIfExists` the living one of that name. */
  #create(id: number, callable: Callable, construction: Construction, methods: string, staysHere = false): Actor {
    const { options } = callable;
    const namespace = options.namespace ?? this.namespaceOf(callable);
    const existing = options.name === undefined ? undefined : this.names.get(namespace, options.name);
    if (existing !== undefined && options.getIfExists === true) return existing;
    const actor = new Actor(id, callable, construction, methods, namespace);
    actor.staysHere = staysHere;
    this.actors.set(id, actor);
    this.#living++;
    this.#publish(channels.actorCreate, actor);
    whenAbandoned(actor, () => this.#abandoned(actor));
    if (existing !== undefined) {
      this.#bury(actor, Failure.of(nameTaken(actor)));
      return actor;
    }
    if (options.name !== undefined) this.names.set(namespace, options.name, actor);
    if (options.name !== undefined && this.elsewhere !== null) void this.#claimName(actor, this.elsewhere);
    else this.#place(actor);
    return actor;
  }

  /** Where names of actors live that say nothing else. */
  namespaceOf({ job }: Callable): string {
    if (job !== undefined) return job.namespace === '' ? job.id : job.namespace;
    return this.node.options.namespace ?? (this.elsewhere === null ? '' : this.node.jobId);
  }

  /** In a cluster somebody elsewhere may have the name. */
  async #claimName(actor: Actor, elsewhere: ActorsElsewhere): Promise<void> {
    try {
      const home = await elsewhere.claimName(actor);
      if (actor.state === 'dead') {
        if (home === null) elsewhere.freeName(actor);
      } else if (home === null) this.#place(actor);
      else if (actor.callable.options.getIfExists === true) this.#moveAway(actor, home);
      else throw nameTaken(actor);
    } catch (error) {
      this.#bury(actor, Failure.of(error as NameTakenError));
    }
  }

  #moveAway(actor: Actor, home: RemoteHome): void {
    actor.away = home;
    actor.state = 'alive';
    this.#route.flushSoon(actor);
  }

  /** Gets the resources the actor holds for life, if any, then a thread. */
  #place(actor: Actor): void {
    const { options } = actor.callable;
    try {
      const home = actor.staysHere ? null : (this.elsewhere?.homeFor(actor) ?? null);
      if (home !== null) {
        this.#moveAway(actor, home);
        return;
      }
      const { scheduler, shape: shapeOf } = placementOf(this.node, options);
      if (!holdsForLife(options)) {
        this.#settle(actor);
        return;
      }
      const shape = shapeOf(lifeResources(options));
      let queue = this.#creations.get(shape);
      if (queue === undefined || queue.scheduler !== scheduler) {
        queue = new CreationQueue(shape, scheduler, next => this.#settle(next));
        this.#creations.set(shape, queue);
      }
      actor.creations = queue;
      queue.push(actor);
    } catch (error) {
      if (!(error instanceof AktisError)) throw error;
      this.#bury(actor, Failure.of(new ActorDiedError(error.message, { cause: error })));
    }
  }

  #settle(actor: Actor): void {
    const environment = this.node.environmentOf(actor.callable);
    actor.thread = this.#threads.take(actor, environment, actor.callable.options.isolated === true);
    actor.state = 'starting';
    const { args, contains, dependencies, positions } = actor.construction;
    const creation = new ConstructorTask(this.node.ids.take(), actor, this.#route, args, contains);
    creation.place = new CallPlace(actor.token);
    actor.creation = creation;
    creation.output.wait({ settled: entry => this.#created(actor, creation, entry) });
    this.node.tasks.submit(creation, dependencies, positions);
  }

  #created(actor: Actor, creation: Task, { failure }: ObjectEntry): void {
    if (actor.creation !== creation) return;
    actor.creation = null;
    if (failure === undefined) {
      if (actor.state !== 'starting') return;
      actor.state = 'alive';
      this.elsewhere?.changed(actor);
      this.#publish(channels.actorAlive, actor);
      this.#route.flushSoon(actor);
      return;
    }
    failure.seen = true;
    if (actor.state === 'dead' || (creation.thread === null && actor.state === 'restarting')) return;
    if (failure.isDeath && willRestart(actor)) return;
    const cause = failure.toError(this.node.codec);
    const message = actor.killed ?? `${actor} could not be created: ${cause.message}`;
    const error = cause instanceof ActorDiedError ? cause : new ActorDiedError(message, { cause });
    this.#leaveThread(actor);
    this.#bury(actor, Failure.of(error, failure.origin));
  }

  // ── the end ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A home can take calls now. */
  flush(actor: Actor): void {
    this.#route.flushSoon(actor);
  }

  /** What was sent to a home will not be answered. */
  callLost(task: Task, where: string): void {
    this.#route.lostElsewhere(task, where);
  }

  /** It has died where it lived. */
  diedElsewhere(actor: Actor, death: Failure): void {
    this.#bury(actor, death);
  }

  /** The node where it lived is gone. False: it does not come back. */
  homeless(actor: Actor, where: string): boolean {
    if (actor.state === 'dead') return false;
    if (!willRestart(actor)) {
      this.#bury(actor, Failure.of(new ActorDiedError(actor.killed ?? `${actor} died: it was on ${where}`)), false);
      return false;
    }
    actor.away = null;
    this.#restart(actor);
    return true;
  }

  /** An actor that had no home on another node yet may live here after all. */
  placeAgain(actor: Actor): void {
    actor.away = null;
    actor.state = 'pending';
    this.#place(actor);
  }

  /** An actor that another node owns; it lives on until that says otherwise. */
  host(callable: Callable, construction: Construction, methods: string, facts: HostedFacts): Actor {
    const actor = new Actor(this.node.ids.take(), callable, construction, methods, facts.namespace);
    if (facts.trace !== undefined) this.node.tasks.traces.announced(actor.id, facts.trace);
    actor.publicId = facts.publicId;
    this.node.state.actorIds.add(actor.id, facts.publicId);
    actor.staysHere = true;
    actor.restarts = facts.restarts;
    actor.restartsLeft = facts.restartsLeft;
    actor.keep();
    this.actors.set(actor.id, actor);
    this.#living++;
    this.#place(actor);
    return actor;
  }

  /** An actor that another node created and that is this one's from now on: a detached one. */
  adopt(callable: Callable, construction: Construction, methods: string, trace?: string): Actor {
    const id = this.node.ids.take();
    if (trace !== undefined) this.node.tasks.traces.announced(id, trace);
    return this.#create(id, callable, construction, methods, true);
  }

  /** What stands here for an actor of another node's. */
  foreign(callable: Callable, methods: string, publicId: string, home: (actor: Actor) => RemoteHome): ActorToken {
    const nothing = { args: '', contains: null, dependencies: null, positions: null };
    const actor = new Actor(this.node.ids.take(), callable, nothing, methods, '');
    actor.publicId = publicId;
    this.actors.set(actor.id, actor);
    this.#living++;
    actor.away = home(actor);
    actor.state = 'alive';
    this.#leaveWhenAbandoned(actor);
    return actor.token;
  }

  /**
   * An actor that was hosted here goes on at `home`, on another node: calls go there from now on. Resolves when its instance
   * here has ended; its `onStop` has run.
   */
  async departTo(actor: Actor, home: RemoteHome): Promise<void> {
    actor.away = home;
    const { thread } = actor;
    if (thread !== null) {
      await new Promise<void>(resolve => {
        this.#departing.set(actor, resolve);
        thread.worker.post([Op.StopActor, actor.id, 0]);
      });
      this.#departing.delete(actor);
      this.#leaveThread(actor);
    } else if (actor.state === 'pending') {
      actor.creations?.remove(actor);
    }
    this.#giveBack(actor);
    actor.staysHere = false;
    actor.letGo();
    this.#leaveWhenAbandoned(actor);
    this.#moveAway(actor, home);
  }

  readonly #departing = new Map<Actor, () => void>();

  #leaveWhenAbandoned(actor: Actor): void {
    whenAbandoned(actor, () => {
      this.actors.delete(actor.id);
      if (actor.state !== 'dead') this.#living--;
      actor.away?.leave();
    });
  }

  /** `kill(actor)`. */
  kill(actor: Actor, noRestart: boolean): void {
    if (actor.state === 'dead') return;
    if (actor.away !== null) {
      actor.away.kill(noRestart);
      if (noRestart || actor.restartsLeft === 0) {
        actor.killed = `${actor} was killed by kill()`;
        this.#bury(actor, Failure.of(new ActorDiedError(actor.killed)));
      }
      return;
    }
    const restarts = !noRestart && willRestart(actor);
    if (!restarts) actor.killed = `${actor} was killed by kill()`;
    const { thread } = actor;
    if (thread === null) {
      if (!restarts) this.#bury(actor, Failure.of(new ActorDiedError(actor.killed as string)));
      return;
    }
    if (thread.actors.size === 1) {
      thread.worker.terminate('was ended by kill()');
      if (!restarts) this.#bury(actor, Failure.of(new ActorDiedError(actor.killed as string)));
      return;
    }
    this.#drop(actor, restarts);
  }

  /** Ends an actor whose thread others share: the thread stays. */
  #drop(actor: Actor, restarts: boolean): void {
    const error = new ActorDiedError(actor.killed ?? `${actor} was killed and restarts`);
    for (const task of actor.calls.all()) {
      if (task.state !== 'sent') continue;
      if (!task.hasStarted && restarts) task.thread?.takeBack(task);
      else {
        task.thread?.abort(task, error.message);
        this.node.tasks.fail(task, Failure.of(error));
      }
    }
    const worker = actor.thread?.worker;
    worker?.post([Op.StopActor, actor.id, 1]);
    if (worker !== undefined)
      void replaceIfStuck(worker, `was replaced because ${actor} kept it busy after it had been killed`);
    this.#leaveThread(actor);
    if (restarts) this.#restart(actor);
    else this.#bury(actor, Failure.of(error));
  }

  onThreadDied(worker: WorkerThread): void {
    const thread = this.#threads.of(worker);
    if (thread === undefined) return;
    this.#threads.forget(thread);
    for (const actor of [...thread.actors]) {
      actor.thread = null;
      actor.inFlight = 0;
      const departed = this.#departing.get(actor);
      if (departed !== undefined) {
        departed();
        continue;
      }
      this.#stopping.get(actor)?.();
      if (actor.state === 'dead') continue;
      if (willRestart(actor)) this.#restart(actor);
      else this.#bury(actor, Failure.of(deathOfActor(actor, worker)));
    }
  }

  onPlacementGroupRemoved(id: string, failure: Failure): void {
    for (const actor of [...this.actors.values()]) {
      if (groupOf(actor.callable.options.schedulingStrategy) !== id) continue;
      const cause = failure.cause(this.node.codec);
      actor.killed = `${actor} died: ${(cause as Error).message}`;
      const { thread } = actor;
      actor.away?.kill(true);
      this.#bury(actor, Failure.of(new ActorDiedError(actor.killed, { cause })));
      if (thread?.actors.size === 1) thread.worker.terminate('had no actors any more');
    }
  }

  #restart(actor: Actor): void {
    if (actor.restartsLeft > 0) actor.restartsLeft--;
    actor.restarts++;
    actor.state = 'restarting';
    this.#publish(channels.actorRestart, actor);
    actor.creation = null;
    this.elsewhere?.changed(actor);
    this.#giveBack(actor);
    this.#place(actor);
  }

  /** Nobody has a handle any more: `onStop` runs, then it is gone. */
  #abandoned(actor: Actor): void {
    if (actor.state === 'dead' || actor.state === 'ending') return;
    if (actor.calls.size > 0 || actor.creation !== null) {
      // A call keeps a token; a new one may just have been made and collected.
      setTimeout(() => this.#abandoned(actor), 50).unref();
      return;
    }
    this.stop(actor);
  }

  /** Lets the actor end by itself: `onStop` runs. */
  stop(actor: Actor): void {
    if (actor.away !== null) {
      actor.away.leave();
      this.#bury(actor, Failure.of(new ActorDiedError(`${actor} ended because nobody had a handle on it any more`)));
      return;
    }
    if (actor.thread === null || actor.state !== 'alive') {
      this.#bury(actor, Failure.of(new ActorDiedError(`${actor} ended before it was created`)));
      return;
    }
    actor.state = 'ending';
    actor.thread.worker.post([Op.StopActor, actor.id, 0]);
  }

  /** The worker says: it ended by `exitActor` (and runs `onStop` now), or its `onStop` has run. */
  #stopped(id: number, isOver: boolean): void {
    const actor = this.actors.get(id);
    if (actor === undefined) return;
    if (!isOver) {
      actor.state = 'ending';
      actor.killed = `${actor} ended by exitActor()`;
      this.#freeName(actor);
      this.#failCalls(actor, Failure.of(new ActorDiedError(actor.killed)));
      return;
    }
    const departed = this.#departing.get(actor);
    if (departed !== undefined) {
      departed();
      return;
    }
    this.#leaveThread(actor);
    this.#stopping.get(actor)?.();
    this.#bury(
      actor,
      Failure.of(new ActorDiedError(actor.killed ?? `${actor} ended because nobody had a handle on it any more`)),
    );
  }

  #leaveThread(actor: Actor): void {
    const { thread } = actor;
    if (thread === null) return;
    actor.thread = null;
    thread.actors.delete(actor);
    if (thread.actors.size === 0) {
      this.#threads.forget(thread);
      thread.worker.terminate('had no actors any more');
    }
  }

  /** The actor is dead for good. */
  /** @param isKnownElsewhere the node it lived on remembers it */
  #bury(actor: Actor, death: Failure, isKnownElsewhere = actor.away !== null): void {
    if (actor.state === 'dead') return;
    const wasPending = actor.state === 'pending';
    actor.state = 'dead';
    actor.death = death;
    death.seen = true;
    this.elsewhere?.changed(actor);
    this.#living--;
    if (!isKnownElsewhere) this.#table.buried(actor, death);
    this.#publish(channels.actorDead, actor);
    if (wasPending) actor.creations?.remove(actor);
    this.#failCalls(actor, death);
    if (actor.creation !== null) this.node.tasks.fail(actor.creation, death);
    this.#giveBack(actor);
    this.#freeName(actor);
    if (actor.hasHandles) whenAbandoned(actor, () => this.actors.delete(actor.id));
    else this.actors.delete(actor.id);
  }

  #publish(channel: Channel, { id, className, name, restarts, death }: Actor): void {
    if (!channel.hasSubscribers) return;
    const { node } = this;
    const reason = death?.describe(node.codec, false).message;
    channel.publish({ actorId: node.state.actorIds.of(id), className, name, nodeId: node.id, restarts, reason });
  }

  #freeName(actor: Actor): void {
    if (actor.name === undefined) return;
    if (this.names.get(actor.namespace, actor.name) === actor) this.elsewhere?.freeName(actor);
    this.names.delete(actor.namespace, actor.name, actor);
  }

  #failCalls(actor: Actor, death: Failure): void {
    for (const task of actor.calls.all()) this.node.tasks.fail(task, death);
  }

  #giveBack(actor: Actor): void {
    actor.creations?.release(actor);
  }

  async shutdown(): Promise<void> {
    const over: Promise<void>[] = [];
    for (const actor of [...this.actors.values()]) {
      if (actor.away !== null) actor.away.leave();
      if (actor.state !== 'alive' || actor.away !== null) {
        this.#failCalls(actor, sessionEnded(actor));
        continue;
      }
      over.push(new Promise(resolve => this.#stopping.set(actor, resolve)));
      actor.killed = `${actor} ended with the session`;
      this.#failCalls(actor, sessionEnded(actor));
      this.stop(actor);
    }
    await Promise.all(over);
  }
}

/** What the node that lets its actor live here says about it. */
export interface HostedFacts {
  readonly publicId: string;
  readonly namespace: string;
  readonly restarts: number;
  readonly restartsLeft: number;
  /** Of the call that made it: a `traceparent` header. */
  readonly trace?: string;
}

function nameTaken({ name, namespace }: Actor): NameTakenError {
  return new NameTakenError(
    `An actor named '${name}' lives already in namespace '${namespace}': use another name, or getIfExists: true`,
  );
}

function sessionEnded(actor: Actor): Failure {
  const failure = Failure.of(new NodeDiedError(`${actor} ended: the session was shut down`));
  // Whoever shuts down knows.
  failure.seen = true;
  return failure;
}

/** How long a thread may go on with the call of an actor that was killed. */
const STUCK_MS = 1_000;

/** A killed actor that never returns to the event loop would take with it all that live on its thread, and all to come. */
async function replaceIfStuck(worker: WorkerThread, why: string): Promise<void> {
  if (worker.host === null) return;
  const answered = worker.host.control.ping().then(
    () => true,
    () => true,
  );
  if (!(await Promise.race([answered, delay(STUCK_MS, false, { ref: false })]))) worker.terminate(why);
}
