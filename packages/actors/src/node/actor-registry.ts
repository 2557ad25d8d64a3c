import type { Channel } from 'node:diagnostics_channel';
import type { Callable, Failure, Holdable, Node, Task } from '@aktis/core';
import type { Actor } from './actor.ts';
import { ActorNames } from './actor-names.ts';
import { ActorTable } from './actor-table.ts';
import type { ActorsElsewhere } from './elsewhere.ts';

/** Every actor this node has to do with: its own, those that live here for other nodes, and what stands here for others. */
export class ActorRegistry {
  readonly node: Node;
  readonly actors = new Map<number, Actor>();
  readonly names = new ActorNames();
  /** Other nodes, when this one has joined a cluster. */
  elsewhere: ActorsElsewhere | null = null;
  readonly #table: ActorTable;
  #living = 0;

  constructor(node: Node) {
    this.node = node;
    this.#table = new ActorTable(node, this.actors);
    node.state.add('actors', this.#table);
  }

  add(actor: Actor): void {
    this.actors.set(actor.id, actor);
    this.#living++;
  }

  /** Nobody here needs to know it any more; it may live on elsewhere. */
  forget(actor: Actor): void {
    this.actors.delete(actor.id);
    if (actor.state !== 'dead') this.#living--;
  }

  /** @param isKnownElsewhere the node it lived on remembers it */
  died(actor: Actor, death: Failure, isKnownElsewhere: boolean): void {
    this.#living--;
    if (!isKnownElsewhere) this.#table.buried(actor, death);
  }

  /** Without those on other nodes, which are counted there. */
  get living(): number {
    if (this.elsewhere === null) return this.#living;
    let living = 0;
    for (const { state, away } of this.actors.values()) if (state !== 'dead' && away === null) living++;
    return living;
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

  /** Where names of actors live that say nothing else. */
  namespaceOf({ job }: Callable): string {
    if (job !== undefined) return job.namespace === '' ? job.id : job.namespace;
    return this.node.options.namespace ?? (this.elsewhere === null ? '' : this.node.jobId);
  }

  freeName(actor: Actor): void {
    if (actor.name === undefined) return;
    if (this.names.get(actor.namespace, actor.name) === actor) this.elsewhere?.freeName(actor);
    this.names.delete(actor.namespace, actor.name, actor);
  }

  publish(channel: Channel, { id, className, name, restarts, death }: Actor): void {
    if (!channel.hasSubscribers) return;
    const { node } = this;
    const reason = death?.describe(node.codec, false).message;
    channel.publish({ actorId: node.state.actorIds.of(id), className, name, nodeId: node.id, restarts, reason });
  }
}
