import { setTimeout } from 'node:timers';
import { ActorDiedError, Failure, type Node, NodeDiedError, Op, type WorkerThread } from '@aktis/core';
import { groupOf } from '@aktis/core/hub';
import type { Actor } from './actor.ts';
import type { ActorBurial } from './actor-burial.ts';
import type { ActorRegistry } from './actor-registry.ts';
import { deathOfActor, willRestart } from './actor-route.ts';
import type { ActorSettling } from './actor-settling.ts';
import type { ActorThreads } from './actor-threads.ts';

/** A call keeps a token; a new one may just have been made and collected. */
const LOOK_AGAIN_MS = 50;

/** The ends of actors that nobody kills: by themselves, without handles, with their thread, their group, their node. */
export class ActorEnds {
  readonly #node: Node;
  readonly #registry: ActorRegistry;
  readonly #threads: ActorThreads;
  readonly #burial: ActorBurial;
  readonly #settling: ActorSettling;
  /** Told when an actor has stopped, at shutdown. */
  readonly #stopping = new Map<Actor, () => void>();
  /** Told when the instance here has ended of one that goes on elsewhere. */
  readonly #departing = new Map<Actor, () => void>();

  constructor(registry: ActorRegistry, threads: ActorThreads, burial: ActorBurial, settling: ActorSettling) {
    this.#node = registry.node;
    this.#registry = registry;
    this.#threads = threads;
    this.#burial = burial;
    this.#settling = settling;
  }

  /** Nobody has a handle any more: `onStop` runs, then it is gone. */
  abandoned(actor: Actor): void {
    if (actor.state === 'dead' || actor.state === 'ending') return;
    if (actor.calls.size > 0 || actor.creation !== null) {
      setTimeout(() => this.abandoned(actor), LOOK_AGAIN_MS).unref();
      return;
    }
    this.stop(actor);
  }

  /** Lets the actor end by itself: `onStop` runs. */
  stop(actor: Actor): void {
    if (actor.away !== null) {
      actor.away.leave();
      this.#burial.bury(actor, withoutHandles(actor));
      return;
    }
    if (actor.thread === null || actor.state !== 'alive') {
      this.#burial.bury(actor, Failure.of(new ActorDiedError(`${actor} ended before it was created`)));
      return;
    }
    actor.state = 'ending';
    actor.thread.worker.post([Op.StopActor, actor.id, 0]);
  }

  /** The worker says: it ended by `exitActor` (and runs `onStop` now), or its `onStop` has run. */
  stopped(id: number, isOver: boolean): void {
    const actor = this.#registry.actors.get(id);
    if (actor === undefined) return;
    if (!isOver) {
      actor.state = 'ending';
      actor.killed = `${actor} ended by exitActor()`;
      this.#registry.freeName(actor);
      this.#burial.failCalls(actor, Failure.of(new ActorDiedError(actor.killed)));
      return;
    }
    const departed = this.#departing.get(actor);
    if (departed !== undefined) {
      departed();
      return;
    }
    this.#burial.leaveThread(actor);
    this.#stopping.get(actor)?.();
    this.#burial.bury(actor, withoutHandles(actor));
  }

  /** The actor goes on elsewhere. Resolves when its instance here has ended; its `onStop` has run. */
  async depart(actor: Actor): Promise<void> {
    const { thread } = actor;
    if (thread !== null) {
      await new Promise<void>(resolve => {
        this.#departing.set(actor, resolve);
        thread.worker.post([Op.StopActor, actor.id, 0]);
      });
      this.#departing.delete(actor);
      this.#burial.leaveThread(actor);
    } else {
      actor.creations?.remove(actor);
    }
    actor.creations?.release(actor);
  }

  threadDied(worker: WorkerThread): void {
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
      if (willRestart(actor)) this.#settling.restart(actor);
      else this.#burial.bury(actor, Failure.of(deathOfActor(actor, worker)));
    }
  }

  placementGroupRemoved(id: string, failure: Failure): void {
    for (const actor of [...this.#registry.actors.values()]) {
      if (groupOf(actor.callable.options.schedulingStrategy) !== id) continue;
      const cause = failure.cause(this.#node.codec);
      actor.killed = `${actor} died: ${(cause as Error).message}`;
      const { thread } = actor;
      actor.away?.kill(true);
      this.#burial.bury(actor, Failure.of(new ActorDiedError(actor.killed, { cause })));
      if (thread?.actors.size === 1) thread.worker.terminate('had no actors any more');
    }
  }

  /** Resolves when the `onStop` of each has run. */
  async shutdown(): Promise<void> {
    const over: Promise<void>[] = [];
    for (const actor of [...this.#registry.actors.values()]) {
      // A detached one is inherited by another node, which has it live somewhere else.
      if (actor.away !== null && actor.callable.options.lifetime !== 'detached') actor.away.leave();
      if (actor.state !== 'alive' || actor.away !== null) {
        this.#burial.failCalls(actor, sessionEnded(actor));
        continue;
      }
      over.push(new Promise(resolve => this.#stopping.set(actor, resolve)));
      actor.killed = `${actor} ended with the session`;
      this.#burial.failCalls(actor, sessionEnded(actor));
      this.stop(actor);
    }
    await Promise.all(over);
  }
}

function withoutHandles(actor: Actor): Failure {
  const why = actor.killed ?? `${actor} ended because nobody had a handle on it any more`;
  return Failure.of(new ActorDiedError(why));
}

function sessionEnded(actor: Actor): Failure {
  const failure = Failure.of(new NodeDiedError(`${actor} ended: the session was shut down`));
  // Whoever shuts down knows.
  failure.seen = true;
  return failure;
}
