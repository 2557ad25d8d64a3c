import type { Actor } from '@aktis/actors';
import { publicId } from '@aktis/core';
import type { ControlStore } from '../control-store.ts';
import { KeptRecords, type Orphan } from '../keeping/kept-records.ts';
import type { ActorRecord } from '../records.ts';

/** What the directory knows of a named actor. */
export interface NamedActor extends ActorRecord {
  /** What its owner calls it. */
  readonly id: number;
  /** Of its class. */
  readonly key: string;
}

/** Which living actor of the cluster has which name: exactly one, by compare-and-set in the control store. */
export class ActorDirectory {
  readonly #records: KeptRecords<NamedActor>;
  readonly #lives: (nodeId: string) => boolean;

  constructor(store: ControlStore, nodeId: string, lives: (nodeId: string) => boolean) {
    this.#records = new KeptRecords(store, 'actors', 'name.', nodeId, lives, ({ actorId }) => actorId);
    this.#lives = lives;
  }

  /** The actor that has the name already; null: it is `actor`'s now. */
  async claim(actor: Actor, jobId: string, spec: string | undefined): Promise<NamedActor | null> {
    const key = keyOf(actor);
    const { nodeId } = this.#records;
    const { options, definition } = actor.callable;
    const actorId = actor.publicId ?? publicId(nodeId, actor.id);
    // Inherited.
    if (this.#records.has(key, actorId)) return null;
    const record: NamedActor = {
      id: actor.id,
      key: definition.key,
      actorId,
      generation: 1,
      nodeId,
      ownerNodeId: nodeId,
      state: 'ALIVE',
      name: actor.name as string,
      namespace: actor.namespace,
      className: actor.className,
      methods: actor.methods,
      maxPendingCalls: options.maxPendingCalls ?? -1,
      jobId,
      detached: options.lifetime === 'detached',
      restarts: actor.restarts,
      restartsLeft: actor.restartsLeft,
      ...(spec !== undefined && { spec }),
    };
    for (;;) {
      const other = await this.#records.create(key, record);
      if (other === undefined) return null;
      // Of a node that died; a detached one comes back elsewhere.
      if (this.#isThere(other.record)) return other.record;
      await this.#records.bury(other);
    }
  }

  /** It has restarted: whoever inherits it is to know how often. */
  restarted(actor: Actor): Promise<void> {
    return this.#records.change(keyOf(actor), record => {
      const { restarts, restartsLeft } = actor;
      return { ...record, restarts, restartsLeft };
    });
  }

  free(actor: Actor): Promise<void> {
    return this.#records.remove(keyOf(actor));
  }

  async find(namespace: string, name: string): Promise<NamedActor | null> {
    const record = await this.#records.find(keyOf({ namespace, name }));
    return record !== null && this.#isThere(record) ? record : null;
  }

  async living(): Promise<NamedActor[]> {
    return (await this.#records.all()).filter(record => this.#isThere(record));
  }

  #isThere({ ownerNodeId, detached }: NamedActor): boolean {
    return this.#lives(ownerNodeId) || detached;
  }

  orphans(): Promise<Orphan<NamedActor>[]> {
    return this.#records.orphans();
  }

  /** The actor is this node's now, which calls it `id`, and so is its name. False: another was faster. */
  inherit(orphan: Orphan<NamedActor>, id: number, restarts: number, restartsLeft: number): Promise<boolean> {
    const { nodeId } = this.#records;
    const generation = orphan.record.generation + 1;
    return this.#records.inherit(orphan, { id, nodeId, generation, restarts, restartsLeft });
  }

  /** Its name is free again. */
  bury(orphan: Orphan<NamedActor>): Promise<void> {
    return this.#records.bury(orphan);
  }
}

function keyOf({ namespace, name }: { readonly namespace: string; readonly name?: string | undefined }): string {
  return `${namespace}.${name}`;
}
