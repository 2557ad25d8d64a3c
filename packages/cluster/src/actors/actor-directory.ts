import type { Actor } from '@aktis/actors';
import { publicId } from '@aktis/core';
import type { ControlStore, Entry } from '../control-store.ts';
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

  /**
   * The detached actors of a node that died, each for whoever asks first: the others do not get it. Names of all its other
   * actors are free again.
   */
  async *orphans(nodeId: string): AsyncGenerator<NamedActor> {
    const table = this.#store.table('actors');
    for (const entry of await table.list('name.')) {
      const record = JSON.parse(entry.value) as NamedActor;
      if (record.ownerNodeId !== nodeId) continue;
      const isTaken = await this.#take(entry, record);
      if (isTaken && record.detached && record.spec !== undefined) yield record;
    }
  }

  async #take(entry: Entry, record: NamedActor): Promise<boolean> {
    const table = this.#store.table('actors');
    // Deleting by revision is what only one can do; the new instance claims the name again.
    return await table.delete(keyOf(record.namespace, record.name as string), entry.revision);
  }
}

function keyOf(namespace: string, name: string): string {
  return `name.${namespace}.${name}`;
}
