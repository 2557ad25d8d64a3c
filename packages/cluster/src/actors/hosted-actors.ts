import { setTimeout } from 'node:timers/promises';
import type { Actor, ActorManager, HostedFacts, RemoteHome } from '@aktis/actors';
import {
  ActorUnavailableError,
  type Callable,
  Failure,
  type HostActor,
  type Node,
  type NodeCallActor,
  NodeOp,
  type ObjectEntry,
} from '@aktis/core';
import type { ForeignObjects } from '../objects/foreign-objects.ts';
import type { Peer } from '../peers/peer.ts';
import type { Translation } from '../peers/translation.ts';
import type { HostedTasks } from '../tasks/hosted-tasks.ts';
import type { Relinquished } from './retirement.ts';

/** An actor is done when it had no calls for so many looks. */
const QUIET_LOOKS = 3;
const LOOK_EVERY_MS = 20;

/** The actors of other nodes that live on this one. */
export class HostedActors {
  readonly #node: Node;
  readonly #manager: ActorManager;
  readonly #translation: Translation;
  readonly #foreign: ForeignObjects;
  readonly #tasks: HostedTasks;
  /** By the node that owns them, and what that calls them. */
  readonly #hosted = new Map<string, Map<number, Actor>>();
  /** Whose each of them is. */
  readonly #owners = new Map<Actor, { readonly peer: Peer; readonly id: number }>();
  /** Numbers for callers on other nodes, none of which a caller here has. */
  readonly #callers = new Map<string, Map<number, number>>();
  #callerCount = 0;

  constructor(
    node: Node,
    manager: ActorManager,
    translation: Translation,
    foreign: ForeignObjects,
    tasks: HostedTasks,
  ) {
    this.#node = node;
    this.#manager = manager;
    this.#translation = translation;
    this.#foreign = foreign;
    this.#tasks = tasks;
  }

  create(peer: Peer, callable: Callable, [, id, , args, pairs, methods, text, detached]: HostActor): void {
    // It goes elsewhere when the link ends, which it may have done while its program came.
    if (this.#node.isEnding || peer.isGone) return;
    const { payload, contains } = this.#translation.incoming(args, peer);
    const { entries, positions } = this.#tasks.arguments(pairs, peer);
    const construction = { args: payload, contains, dependencies: entries as ObjectEntry[] | null, positions };
    const facts = JSON.parse(text) as HostedFacts;
    if (detached === 1) {
      const { border } = this.#manager;
      const before = this.#adoptedBefore(facts.publicId);
      this.#adopted(peer, id, before ?? border.adopt(callable, construction, methods, facts));
      return;
    }
    const actor = this.#manager.border.host(callable, construction, methods, facts);
    let hosted = this.#hosted.get(peer.nodeId);
    if (hosted === undefined) this.#hosted.set(peer.nodeId, (hosted = new Map()));
    hosted.set(id, actor);
    this.#owners.set(actor, { peer, id });
    this.#foreign.add({ owner: peer.nodeId, id }, actor.token);
    if (actor.state === 'dead') this.#report(actor);
  }

  /** It was given to this node, which has not been able to say so: the link broke. */
  #adoptedBefore(publicId: string): Actor | undefined {
    for (const actor of this.#owners.keys()) if (actor.isAdopted && actor.publicId === publicId) return actor;
    return undefined;
  }

  #adopted(peer: Peer, id: number, actor: Actor): void {
    this.#owners.set(actor, { peer, id });
    if (actor.state === 'dead') this.#report(actor);
    else peer.send([NodeOp.ActorState, id, 'adopted', actor.id, null]);
  }

  /** The actor `ownerId` calls `id`, if it lives here. */
  find(ownerId: string, id: number): Actor | undefined {
    return ownerId === this.#node.id ? this.#manager.actors.get(id) : this.#hosted.get(ownerId)?.get(id);
  }

  /** The program of a call or an actor could not be had. */
  refuse(peer: Peer, id: number, error: Error): void {
    const failure = Failure.of(new ActorUnavailableError(error.message)).toWire(this.#node.codec);
    peer.send([NodeOp.ActorState, id, 'dead', 0, failure]);
  }

  call(peer: Peer, message: NodeCallActor): void {
    const [, run, owner, id, caller, resultId, retries, method, args, pairs, options] = message;
    const actor = this.find(owner || peer.nodeId, id);
    if (actor === undefined) {
      // The caller has yet to hear where it is now.
      this.#tasks.origins.take(peer, run);
      peer.send([NodeOp.Returned, run, 1]);
      return;
    }
    const { payload, contains } = this.#translation.incoming(args, peer);
    const { entries, positions } = this.#tasks.arguments(pairs, peer);
    const { parent, trace } = this.#tasks.origins.take(peer, run);
    const task = this.#manager.calls.fromNode(actor.token, {
      method,
      args: payload,
      contains,
      dependencies: entries,
      positions,
      options,
      caller: this.#callerOf(peer, caller),
      trace,
    });
    if (task.state !== 'finished') task.retriesLeft = retries;
    task.parentName = parent;
    this.#tasks.watch(peer, run, resultId, task);
  }

  stop(peer: Peer, id: number, how: 0 | 1 | 2): void {
    const actor = this.#hosted.get(peer.nodeId)?.get(id);
    if (actor === undefined) return;
    if (how !== 1) this.#forget(actor);
    if (how === 0) this.#manager.stop(actor);
    else this.#manager.kill(actor, how === 2);
  }

  /**
   * Its owner moves the actor `ownerId` calls `id` to another node, and sends no more calls: resolves when those there are
   * have ended, and so has the actor.
   *
   * @param follow the way to it from then on: some here may have handles on it
   */
  async retire(ownerId: string, id: number, follow: (actor: Actor) => RemoteHome): Promise<void> {
    const actor = this.find(ownerId, id);
    if (actor === undefined) return;
    // Calls of third nodes may still be on their way.
    for (let quiet = 0; quiet < QUIET_LOOKS && actor.state !== 'dead'; ) {
      await setTimeout(LOOK_EVERY_MS);
      quiet = actor.calls.size === 0 && actor.creation === null ? quiet + 1 : 0;
    }
    if (actor.state === 'dead') return;
    this.#forget(actor);
    await this.#manager.border.departTo(actor, follow(actor));
  }

  /**
   * Its owner would rather have the actor `ownerId` calls `id` elsewhere. What waits here for its resources goes back, and
   * the calls it was sent; what has them stays.
   *
   * @param follow the way to it from then on: some here may have handles on it
   */
  async relinquish(ownerId: string, id: number, follow: (actor: Actor) => RemoteHome): Promise<Relinquished> {
    const { border } = this.#manager;
    const actor = this.#hosted.get(ownerId)?.get(id);
    if (actor === undefined || !border.isWaiting(actor)) return 'stays';
    if (!this.#tasks.giveBack(new Set(actor.calls.all()))) return 'later';
    this.#forget(actor);
    await border.departTo(actor, follow(actor));
    return 'back';
  }

  /** Something has become of an actor that lives here for another node. */
  changed(actor: Actor): void {
    if (this.#owners.has(actor)) this.#report(actor);
  }

  ownerDied({ nodeId }: Peer): void {
    const actors = [...(this.#hosted.get(nodeId)?.values() ?? [])];
    this.#hosted.delete(nodeId);
    for (const actor of actors) {
      this.#owners.delete(actor);
      // Another node inherits it.
      if (actor.callable.options.lifetime === 'detached' && actor.restartsLeft !== 0) {
        const why = `${actor} restarts: node ${nodeId}, which owned it, is gone. What was called may or may not have run`;
        this.#tasks.lose(new Set(actor.calls.all()), new ActorUnavailableError(why));
      }
      this.#manager.kill(actor, true);
    }
  }

  #report(actor: Actor): void {
    const owner = this.#owners.get(actor);
    if (owner === undefined || this.#node.isEnding) return;
    if (actor.state === 'restarting') {
      owner.peer.send([NodeOp.ActorState, owner.id, 'restarted', actor.restartsLeft, null]);
    } else if (actor.death !== null) {
      this.#forget(actor);
      owner.peer.send([NodeOp.ActorState, owner.id, 'dead', 0, actor.death.toWire(this.#node.codec)]);
    }
  }

  #forget(actor: Actor): void {
    const owner = this.#owners.get(actor);
    if (owner === undefined) return;
    this.#owners.delete(actor);
    this.#hosted.get(owner.peer.nodeId)?.delete(owner.id);
  }

  #callerOf(peer: Peer, caller: number): number {
    let callers = this.#callers.get(peer.nodeId);
    if (callers === undefined) this.#callers.set(peer.nodeId, (callers = new Map()));
    let number = callers.get(caller);
    if (number === undefined) callers.set(caller, (number = -1 - this.#callerCount++));
    return number;
  }
}
