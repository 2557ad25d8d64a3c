import type { Actor, ActorManager, RemoteHome } from '@aktis/actors';
import type { Job, Node } from '@aktis/core';
import type { ActorDirectory, NamedActor } from './actor-directory.ts';
import type { BorrowedActors } from './borrowed-actors.ts';
import { specOf } from './orphans.ts';

interface Parts {
  readonly node: Node;
  readonly manager: ActorManager;
  readonly directory: ActorDirectory;
  readonly borrowed: BorrowedActors;
  readonly isDriver: boolean;
  jobFacts(job: Job | undefined): string;
}

/** Names of actors, which belong to one actor of the cluster each: claimed for those of this node, followed to others. */
export class ClusterNames {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The way to the living actor that has the name of `actor` already; null: it is the name of `actor`. */
  async claim(actor: Actor): Promise<RemoteHome | null> {
    const { directory, node, isDriver, jobFacts } = this.#parts;
    const { options, job } = actor.callable;
    // Who will own it claims it.
    if (options.lifetime === 'detached' && isDriver) {
      const existing = await directory.find(actor.namespace, actor.name as string);
      return existing === null ? null : this.#follow(actor, existing);
    }
    const existing = await directory.claim(actor, job?.id ?? node.jobId, specOf(actor, jobFacts));
    return existing === null || existing.ownerNodeId === node.id ? null : this.#follow(actor, existing);
  }

  free(actor: Actor): void {
    // A detached actor outlives its node: another one takes it over, by its name.
    if (this.#parts.node.isEnding && actor.callable.options.lifetime === 'detached') return;
    this.#parts.directory.free(actor).catch(() => {});
  }

  restarted(actor: Actor): void {
    if (actor.callable.options.lifetime === 'detached' && actor.name !== undefined) {
      // What cannot be written now is written with the next one.
      this.#parts.directory.restarted(actor).catch(() => {});
    }
  }

  async find(namespace: string, name: string): Promise<Actor | null> {
    const { directory, manager, node } = this.#parts;
    const record = await directory.find(namespace, name);
    if (record === null) return null;
    if (record.ownerNodeId === node.id) return manager.actors.get(record.id) ?? null;
    const callable = node.foreignCallables.get(record.key, JSON.stringify({ maxPendingCalls: record.maxPendingCalls }));
    return manager.border.foreign(callable, record.methods, record.actorId, actor => this.#follow(actor, record)).actor;
  }

  async taken(): Promise<{ namespace: string; name: string }[]> {
    return (await this.#parts.directory.living()).map(({ namespace, name }) => ({ namespace, name: name as string }));
  }

  #follow(actor: Actor, { actorId, ownerNodeId, id, name, namespace }: NamedActor): RemoteHome {
    actor.publicId = actorId;
    return this.#parts.borrowed.follow(actor, ownerNodeId, id, { name: name as string, namespace });
  }
}
