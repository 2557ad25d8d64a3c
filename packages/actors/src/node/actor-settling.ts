import {
  ActorDiedError,
  AktisError,
  Failure,
  type Node,
  type ObjectEntry,
  type ResourceShape,
  type Task,
} from '@aktis/core';
import { channels, placementOf } from '@aktis/core/hub';
import { type Actor, CallPlace } from './actor.ts';
import type { ActorBurial } from './actor-burial.ts';
import type { ActorRegistry } from './actor-registry.ts';
import { holdsForLife, lifeResources } from './actor-resources.ts';
import { type ActorRoute, willRestart } from './actor-route.ts';
import type { ActorThreads } from './actor-threads.ts';
import { CreationQueue } from './creation-queue.ts';
import type { RemoteHome } from './elsewhere.ts';
import { ConstructorTask } from './method-task.ts';

/** How actors come to life, and again at each restart: a node, the resources they hold for life, a thread, the constructor. */
export class ActorSettling {
  readonly #node: Node;
  readonly #registry: ActorRegistry;
  readonly #route: ActorRoute;
  readonly #threads: ActorThreads;
  readonly #burial: ActorBurial;
  readonly #queues = new Map<ResourceShape, CreationQueue>();

  constructor(registry: ActorRegistry, route: ActorRoute, threads: ActorThreads, burial: ActorBurial) {
    this.#node = registry.node;
    this.#registry = registry;
    this.#route = route;
    this.#threads = threads;
    this.#burial = burial;
  }

  /** Actors that hold what `shape` needs, and nothing that the node knows of keeps alive. */
  *perhapsAbandoned(shape: ResourceShape): Generator<Actor> {
    for (const queue of this.#queues.values()) {
      if (!queue.shape.overlaps(shape)) continue;
      for (const actor of queue.holders) if (actor.calls.size === 0 && !actor.isKept) yield actor;
    }
  }

  settle(actor: Actor): void {
    const { options } = actor.callable;
    try {
      const home = actor.staysHere ? null : (this.#registry.elsewhere?.homeFor(actor) ?? null);
      if (home !== null) {
        this.moveAway(actor, home);
        return;
      }
      const { scheduler, shape: shapeOf } = placementOf(this.#node, options);
      if (!holdsForLife(options)) {
        this.#construct(actor);
        return;
      }
      const shape = shapeOf(lifeResources(options));
      let queue = this.#queues.get(shape);
      if (queue === undefined || queue.scheduler !== scheduler) {
        queue = new CreationQueue(shape, scheduler, next => this.#construct(next));
        this.#queues.set(shape, queue);
      }
      actor.creations = queue;
      queue.push(actor);
    } catch (error) {
      if (!(error instanceof AktisError)) throw error;
      this.#burial.bury(actor, Failure.of(new ActorDiedError(error.message, { cause: error })));
    }
  }

  /** It lives on another node: its calls go there. */
  moveAway(actor: Actor, home: RemoteHome): void {
    actor.away = home;
    actor.state = 'alive';
    this.#route.flushSoon(actor);
  }

  restart(actor: Actor): void {
    if (actor.restartsLeft > 0) actor.restartsLeft--;
    actor.restarts++;
    actor.state = 'restarting';
    this.#registry.publish(channels.actorRestart, actor);
    actor.creation = null;
    this.#registry.elsewhere?.changed(actor);
    actor.creations?.release(actor);
    this.settle(actor);
  }

  #construct(actor: Actor): void {
    const environment = this.#node.environmentOf(actor.callable);
    actor.thread = this.#threads.take(actor, environment, actor.callable.options.isolated === true);
    actor.state = 'starting';
    const { args, contains, dependencies, positions } = actor.construction;
    const creation = new ConstructorTask(this.#node.ids.take(), actor, this.#route, args, contains);
    creation.place = new CallPlace(actor.token);
    actor.creation = creation;
    creation.output.wait({ settled: entry => this.#constructed(actor, creation, entry) });
    this.#node.tasks.submit(creation, dependencies, positions);
  }

  #constructed(actor: Actor, creation: Task, { failure }: ObjectEntry): void {
    if (actor.creation !== creation) return;
    actor.creation = null;
    if (failure === undefined) {
      if (actor.state !== 'starting') return;
      actor.state = 'alive';
      this.#registry.elsewhere?.changed(actor);
      this.#registry.publish(channels.actorAlive, actor);
      this.#route.flushSoon(actor);
      return;
    }
    failure.seen = true;
    if (actor.state === 'dead' || (creation.thread === null && actor.state === 'restarting')) return;
    if (failure.isDeath && willRestart(actor)) return;
    const cause = failure.toError(this.#node.codec);
    const message = actor.killed ?? `${actor} could not be created: ${cause.message}`;
    const error = cause instanceof ActorDiedError ? cause : new ActorDiedError(message, { cause });
    this.#burial.leaveThread(actor);
    this.#burial.bury(actor, Failure.of(error, failure.origin));
  }
}
