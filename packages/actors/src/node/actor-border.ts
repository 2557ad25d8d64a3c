import { ActorDiedError, type Callable, Failure, type Node, type Task } from '@aktis/core';
import { Actor, type ActorToken, type Construction, whenAbandoned } from './actor.ts';
import type { ActorBurial } from './actor-burial.ts';
import type { ActorEnds } from './actor-ends.ts';
import type { ActorRegistry } from './actor-registry.ts';
import { type ActorRoute, willRestart } from './actor-route.ts';
import type { ActorSettling } from './actor-settling.ts';
import type { RemoteHome } from './elsewhere.ts';
import type { NewActors } from './new-actors.ts';

/** What the node that lets its actor live here says about it. */
export interface HostedFacts {
  readonly publicId: string;
  readonly namespace: string;
  readonly restarts: number;
  readonly restartsLeft: number;
  /** Of the call that made it: a `traceparent` header. */
  readonly trace?: string;
}

interface Parts {
  readonly registry: ActorRegistry;
  readonly route: ActorRoute;
  readonly burial: ActorBurial;
  readonly settling: ActorSettling;
  readonly ends: ActorEnds;
  readonly creation: NewActors;
}

/** Where actors cross from node to node: what the package cluster does with those of this node, and what it brings here. */
export class ActorBorder {
  readonly #node: Node;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#node = parts.registry.node;
    this.#parts = parts;
  }

  // ── actors of other nodes' ─────────────────────────────────────────────────────────────────────────────────────

  /** An actor that another node owns comes to live here, until that says otherwise. */
  host(callable: Callable, construction: Construction, methods: string, facts: HostedFacts): Actor {
    const { registry, settling } = this.#parts;
    const actor = new Actor(this.#node.ids.take(), callable, construction, methods, facts.namespace);
    if (facts.trace !== undefined) this.#node.tasks.traces.announced(actor.id, facts.trace);
    actor.publicId = facts.publicId;
    this.#node.state.actorIds.add(actor.id, facts.publicId);
    actor.staysHere = true;
    actor.restarts = facts.restarts;
    actor.restartsLeft = facts.restartsLeft;
    actor.keep();
    registry.add(actor);
    settling.settle(actor);
    return actor;
  }

  /**
   * An actor that another node created is this one's from now on: a detached one.
   *
   * @param heirId what this node calls it, if it has inherited its name, too
   */
  adopt(callable: Callable, construction: Construction, methods: string, facts: HostedFacts, heirId?: number): Actor {
    const id = heirId ?? this.#node.ids.take();
    if (facts.trace !== undefined) this.#node.tasks.traces.announced(id, facts.trace);
    this.#node.state.actorIds.add(id, facts.publicId);
    const adoption = { ...facts, hasName: heirId !== undefined };
    return this.#parts.creation.create(id, callable, construction, methods, adoption);
  }

  /** What stands here for an actor of another node's. */
  foreign(callable: Callable, methods: string, publicId: string, home: (actor: Actor) => RemoteHome): ActorToken {
    const nothing = { args: '', contains: null, dependencies: null, positions: null };
    const actor = new Actor(this.#node.ids.take(), callable, nothing, methods, '');
    actor.publicId = publicId;
    this.#parts.registry.add(actor);
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
    await this.#parts.ends.depart(actor);
    actor.staysHere = false;
    actor.letGo();
    this.#leaveWhenAbandoned(actor);
    this.#parts.settling.moveAway(actor, home);
  }

  #leaveWhenAbandoned(actor: Actor): void {
    whenAbandoned(actor, () => {
      this.#parts.registry.forget(actor);
      actor.away?.leave();
    });
  }

  // ── actors that live elsewhere ─────────────────────────────────────────────────────────────────────────────────

  /** Its home can take calls now. */
  flush(actor: Actor): void {
    this.#parts.route.flushSoon(actor);
  }

  /** What was sent to its home will not be answered. `lives`: though it is still there, as its owner says. */
  callLost(task: Task, where: string, lives = false): void {
    this.#parts.route.lostElsewhere(task, where, lives);
  }

  /** It is dead, or will be when it is lost once more. */
  isLastLife(actor: Actor): boolean {
    return !willRestart(actor);
  }

  /** It has died where it lived. */
  died(actor: Actor, death: Failure): void {
    this.#parts.burial.bury(actor, death);
  }

  /** The node where it lived is gone: it comes back somewhere, or is dead. */
  homeless(actor: Actor, where: string): void {
    if (actor.state === 'dead') return;
    if (willRestart(actor)) {
      actor.away = null;
      this.#parts.settling.restart(actor);
      return;
    }
    const error = new ActorDiedError(actor.killed ?? `${actor} died: it was on ${where}`);
    this.#parts.burial.bury(actor, Failure.of(error), false);
  }

  /** Whether it waits on this node for what it holds for life. */
  isWaiting(actor: Actor): boolean {
    return actor.away === null && actor.creations?.isAwaitedBy(actor) === true;
  }

  /** Those of this node's own that wait here. */
  *waiting(): Generator<Actor> {
    for (const actor of this.#parts.registry.actors.values())
      if (!actor.staysHere && this.isWaiting(actor)) yield actor;
  }

  /** One that has been constructed nowhere may live somewhere else now, perhaps here. */
  placeAgain(actor: Actor): void {
    actor.creations?.remove(actor);
    actor.away = null;
    actor.state = 'pending';
    this.#parts.settling.settle(actor);
  }
}
