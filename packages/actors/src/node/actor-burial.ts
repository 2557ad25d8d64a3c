import type { Failure, Node } from '@aktis/core';
import { channels } from '@aktis/core/hub';
import { type Actor, whenAbandoned } from './actor.ts';
import type { ActorRegistry } from './actor-registry.ts';
import type { ActorThreads } from './actor-threads.ts';

/** What an actor leaves behind: its thread, its name, what it holds, and calls that nobody will answer. */
export class ActorBurial {
  readonly #node: Node;
  readonly #registry: ActorRegistry;
  readonly #threads: ActorThreads;

  constructor(registry: ActorRegistry, threads: ActorThreads) {
    this.#node = registry.node;
    this.#registry = registry;
    this.#threads = threads;
  }

  /**
   * The actor is dead for good.
   *
   * @param isKnownElsewhere the node it lived on remembers it
   */
  bury(actor: Actor, death: Failure, isKnownElsewhere = actor.away !== null): void {
    if (actor.state === 'dead') return;
    actor.state = 'dead';
    actor.death = death;
    death.seen = true;
    this.#registry.elsewhere?.changed(actor);
    this.#registry.died(actor, death, isKnownElsewhere);
    this.#registry.publish(channels.actorDead, actor);
    actor.creations?.remove(actor);
    this.failCalls(actor, death);
    if (actor.creation !== null) this.#node.tasks.fail(actor.creation, death);
    actor.creations?.release(actor);
    this.#registry.freeName(actor);
    const { actors } = this.#registry;
    if (actor.hasHandles) whenAbandoned(actor, () => actors.delete(actor.id));
    else actors.delete(actor.id);
  }

  failCalls(actor: Actor, death: Failure): void {
    for (const task of actor.calls.all()) this.#node.tasks.fail(task, death);
  }

  /** A thread on which no actor is left ends. */
  leaveThread(actor: Actor): void {
    const { thread } = actor;
    if (thread === null) return;
    actor.thread = null;
    actor.inFlight = 0;
    thread.actors.delete(actor);
    if (thread.actors.size === 0) {
      this.#threads.forget(thread);
      thread.worker.terminate('had no actors any more');
    }
  }
}
