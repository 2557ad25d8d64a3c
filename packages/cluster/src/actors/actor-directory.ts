import type { Actor } from '@aktis/actors';
import { publicId } from '@aktis/core';
import type { ControlStore, Entry } from '../control-store.ts';
import type { ActorRecord, NodeRecord } from '../records.ts';

/** What the directory knows of a named actor. */
export interface NamedActor extends ActorRecord {
  /** What its owner calls it. */
  readonly id: number;
  /** Of its class. */
  readonly key: string;
}

/** A named actor whose owner died. */
export interface Orphan {
  readonly record: NamedActor;
  readonly entry: Entry;
}

/** Which living actor of the cluster has which name: exactly one, by compare-and-set in the control store. */
export class ActorDirectory {
  readonly #store: ControlStore;
  readonly #nodeId: string;
  readonly #lives: (nodeId: string) => boolean;
  readonly #revisions = new Map<string, number>();

  constructor(store: ControlStore, nodeId: string, lives: (nodeId: string) => boolean) {
    this.#store = store;
    this.#nodeId = nodeId;
    this.#lives = lives;
  }

  /** The actor that has the name already; null: it is `actor`'s now. */
  async claim(actor: Actor, jobId: string, spec: string | undefined): Promise<NamedActor | null> {
    const key = keyOf(actor.namespace, actor.name as string);
    // Inherited.
    if (this.#revisions.has(key)) return null;
    const { options, definition } = actor.callable;
    const record: NamedActor = {
      id: actor.id,
      key: definition.key,
      actorId: actor.publicId ?? publicId(this.#nodeId, actor.id),
      generation: 1,
      nodeId: this.#nodeId,
      ownerNodeId: this.#nodeId,
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
    const table = this.#store.table('actors');
    for (;;) {
      const revision = await table.create(key, JSON.stringify(record));
      if (revision !== undefined) {
        this.#revisions.set(key, revision);
        return null;
      }
      const entry = await table.get(key);
      if (entry === undefined) continue;
      const other = JSON.parse(entry.value) as NamedActor;
      // Of a node that died; a detached one comes back elsewhere.
      if (!this.#lives(other.ownerNodeId) && !other.detached) await table.delete(key, entry.revision);
      else return other;
    }
  }

  /** It has restarted: whoever inherits it is to know how often. */
  async restarted(actor: Actor): Promise<void> {
    const key = keyOf(actor.namespace, actor.name as string);
    const table = this.#store.table('actors');
    for (;;) {
      const entry = await table.get(key);
      if (entry === undefined || this.#revisions.get(key) !== entry.revision) return;
      const { restarts, restartsLeft } = actor;
      const record: NamedActor = { ...(JSON.parse(entry.value) as NamedActor), restarts, restartsLeft };
      const revision = await table.update(key, JSON.stringify(record), entry.revision);
      if (revision === undefined) continue;
      if (this.#revisions.get(key) === entry.revision) this.#revisions.set(key, revision);
      // It has died meanwhile, and its name was to be freed by the revision there was.
      else await table.delete(key, revision);
      return;
    }
  }

  async free(actor: Actor): Promise<void> {
    const key = keyOf(actor.namespace, actor.name as string);
    const revision = this.#revisions.get(key);
    this.#revisions.delete(key);
    if (revision !== undefined) await this.#store.table('actors').delete(key, revision);
  }

  async find(namespace: string, name: string): Promise<NamedActor | null> {
    const entry = await this.#store.table('actors').get(keyOf(namespace, name));
    if (entry === undefined) return null;
    const record = JSON.parse(entry.value) as NamedActor;
    return this.#isThere(record) ? record : null;
  }

  async living(): Promise<NamedActor[]> {
    return (await this.all()).filter(record => this.#isThere(record));
  }

  #isThere({ ownerNodeId, detached }: NamedActor): boolean {
    return this.#lives(ownerNodeId) || detached;
  }

  async all(): Promise<NamedActor[]> {
    return (await this.#store.table('actors').list('name.')).map(({ value }) => JSON.parse(value) as NamedActor);
  }

  /** All whose owners are dead, also those that died long ago, or before they had written this. */
  async orphans(): Promise<Orphan[]> {
    const nodes = this.#store.table('nodes');
    const isDead = new Map<string, boolean>();
    const orphans: Orphan[] = [];
    for (const entry of await this.#store.table('actors').list('name.')) {
      const record = JSON.parse(entry.value) as NamedActor;
      const { ownerNodeId } = record;
      if (this.#lives(ownerNodeId)) continue;
      // This node may only not have heard of it yet.
      if (!isDead.has(ownerNodeId)) isDead.set(ownerNodeId, !isMember(await nodes.get(ownerNodeId)));
      if (isDead.get(ownerNodeId) === true) orphans.push({ record, entry });
    }
    return orphans;
  }

  /**
   * The actor is this node's now, which calls it `id`, and so is its name. False: another was faster. In one step: who
   * dies after it leaves an orphan again, who dies before it has changed nothing.
   */
  async inherit({ record, entry }: Orphan, id: number, restarts: number, restartsLeft: number): Promise<boolean> {
    const heir = { id, nodeId: this.#nodeId, ownerNodeId: this.#nodeId, generation: record.generation + 1 };
    const text = JSON.stringify({ ...record, ...heir, restarts, restartsLeft });
    const revision = await this.#store.table('actors').update(entry.key, text, entry.revision);
    if (revision !== undefined) this.#revisions.set(entry.key, revision);
    return revision !== undefined;
  }

  /** Its name is free again. */
  async bury({ entry }: Orphan): Promise<void> {
    await this.#store.table('actors').delete(entry.key, entry.revision);
  }
}

function isMember(entry: Entry | undefined): boolean {
  return entry !== undefined && (JSON.parse(entry.value) as NodeRecord).state !== 'DEAD';
}

function keyOf(namespace: string, name: string): string {
  return `name.${namespace}.${name}`;
}
