import {
  type ActorFacts,
  type Failure,
  type Holdable,
  type Node,
  type NodeExtension,
  Op,
  type ResourceShape,
  type Task,
  type ToNode,
  type WorkerThread,
} from '@aktis/core';
import type { Actor, ActorToken } from './actor.ts';
import { ActorBorder } from './actor-border.ts';
import { ActorBurial } from './actor-burial.ts';
import { ActorCalls } from './actor-calls.ts';
import { ActorEnds } from './actor-ends.ts';
import { ActorKill } from './actor-kill.ts';
import { declareActorQuestions } from './actor-questions.ts';
import { ActorRegistry } from './actor-registry.ts';
import { ActorRoute } from './actor-route.ts';
import { ActorSettling } from './actor-settling.ts';
import { ActorThreads } from './actor-threads.ts';
import { NewActors } from './new-actors.ts';

/** The actors of a node, as its other parts see them. */
export class ActorManager implements NodeExtension, ActorFacts {
  readonly registry: ActorRegistry;
  readonly calls: ActorCalls;
  /** For actors that live, or come from, elsewhere. */
  readonly border: ActorBorder;
  readonly #threads: ActorThreads;
  readonly #settling: ActorSettling;
  readonly #kill: ActorKill;
  readonly #ends: ActorEnds;
  readonly #creation: NewActors;

  constructor(node: Node) {
    const registry = new ActorRegistry(node);
    const route = new ActorRoute(node);
    const threads = new ActorThreads(node, actor => route.flush(actor));
    const burial = new ActorBurial(registry, threads);
    const settling = new ActorSettling(registry, route, threads, burial);
    const ends = new ActorEnds(registry, threads, burial, settling);
    const creation = new NewActors(registry, settling, burial, ends);
    const find = (id: number) => registry.actors.get(id)?.token;
    this.registry = registry;
    this.calls = new ActorCalls(node, route, find);
    this.border = new ActorBorder({ registry, route, burial, settling, ends, creation });
    this.#threads = threads;
    this.#settling = settling;
    this.#kill = new ActorKill(node, burial, settling);
    this.#ends = ends;
    this.#creation = creation;
    node.runtime.actors = {
      create: (callable, args, methods) => creation.fromDriver(callable, args, methods),
      call: (target, method, args) => this.calls.fromDriver(target as ActorToken, method, args),
    };
    node.lookups.push(find);
    node.state.actors = this;
    declareActorQuestions(this);
  }

  get actors(): ReadonlyMap<number, Actor> {
    return this.registry.actors;
  }

  // ── messages of workers ────────────────────────────────────────────────────────────────────────────────────────

  handle(thread: WorkerThread, message: ToNode): void {
    switch (message[0]) {
      case Op.CreateActor:
        this.#creation.fromWorker(thread, message);
        break;
      case Op.CallActor:
        this.calls.fromWorker(thread, message);
        break;
      case Op.Suspended:
        this.#threads.of(thread)?.suspended(message[1]);
        break;
      case Op.ActorStopped:
        this.#ends.stopped(message[1], message[2] === 1);
        break;
    }
  }

  // ── the end ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** `kill(actor)`. */
  kill(actor: Actor, noRestart: boolean): void {
    this.#kill.kill(actor, noRestart);
  }

  /** Lets the actor end by itself: `onStop` runs. */
  stop(actor: Actor): void {
    this.#ends.stop(actor);
  }

  onThreadDied(worker: WorkerThread): void {
    this.#ends.threadDied(worker);
  }

  onPlacementGroupRemoved(id: string, failure: Failure): void {
    this.#ends.placementGroupRemoved(id, failure);
  }

  shutdown(): Promise<void> {
    return this.#ends.shutdown();
  }

  // ── what the node's state knows of actors ──────────────────────────────────────────────────────────────────────

  perhapsAbandoned(shape: ResourceShape): Iterable<Actor> {
    return this.#settling.perhapsAbandoned(shape);
  }

  get living(): number {
    return this.registry.living;
  }

  on(thread: WorkerThread): number[] {
    return [...(this.#threads.of(thread)?.actors ?? [])].map(({ id }) => id);
  }

  unfinished(): Iterable<Task[]> {
    return this.registry.unfinished();
  }

  constructions(): Iterable<readonly Holdable[]> {
    return this.registry.constructions();
  }
}
