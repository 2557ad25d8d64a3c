import { inBundle, sumOfBundles } from './bundles.ts';
import { PlacementGroupRemovedError, UnschedulableError } from './errors.ts';
import { Failure } from './failure.ts';
import { BundleClaim, GroupPart } from './group-part.ts';
import { homeOfGroup } from './ids.ts';
import type { Node } from './node.ts';
import { ObjectEntry, type Producer } from './object-entry.ts';
import { type ResourceMap, ResourceShape } from './resources.ts';
import type { Job } from './runtime-environment.ts';
import type { Scheduler } from './scheduler.ts';
import { RecentList } from './state/recent-list.ts';
import type { PlacementGroupOptions, PlacementGroupStrategy } from './types.ts';

/** How many groups that are gone are remembered. */
const MEMORY = 1_000;

/** A group as the node knows it that created it, its home: what it asked for, and where that was reserved. */
export class Group {
  readonly id: string;
  readonly bundles: readonly ResourceMap[];
  readonly options: PlacementGroupOptions;
  readonly name: string | undefined;
  readonly strategy: NonNullable<PlacementGroupOptions['strategy']>;
  readonly isDetached: boolean;
  /** Of the driver it was created for, if that is another node. */
  readonly job: Job | undefined;
  readonly ready: ObjectEntry;
  readonly createdAt = Date.now();
  /** For each bundle the node it is reserved on. */
  readonly nodeIds: (string | undefined)[];
  /** Why it is not ready, in words. */
  reason: string | undefined;
  /** It was complete once: what is missing was lost. */
  wasPlaced = false;
  removedAt: number | undefined;
  readonly #reserving: Producer;

  constructor(
    id: string,
    bundles: readonly ResourceMap[],
    options: PlacementGroupOptions,
    readyId: number,
    job: Job | undefined,
  ) {
    const { name, strategy = 'PACK', lifetime } = options;
    this.id = id;
    this.bundles = bundles;
    this.options = options;
    this.name = name;
    this.strategy = strategy;
    this.isDetached = lifetime === 'detached';
    this.job = job;
    this.#reserving = { name: `${this}`, explain: () => `${this} is not reserved yet: ${this.reason}` };
    this.ready = new ObjectEntry(readyId, this.#reserving) as ObjectEntry;
    this.nodeIds = bundles.map(() => undefined);
  }

  /** These bundles are nowhere any more: it is ready again when they are reserved anew. */
  lost(indexes: Iterable<number>): void {
    for (const index of indexes) this.nodeIds[index] = undefined;
    if (this.ready.state === 'ready' && !this.isPlaced) (this.ready as ObjectEntry<Producer>).reopen(this.#reserving);
  }

  get isRemoved(): boolean {
    return this.removedAt !== undefined;
  }

  /** Whether all bundles are reserved. */
  get isPlaced(): boolean {
    return this.nodeIds.every(nodeId => nodeId !== undefined);
  }

  /** What all bundles need together. */
  get shape(): ResourceShape {
    return ResourceShape.of(sumOfBundles(this.bundles));
  }

  /** These bundles are reserved on that node. */
  reserved(indexes: Iterable<number>, nodeId: string): void {
    for (const index of indexes) this.nodeIds[index] = nodeId;
    if (!this.isPlaced) return;
    this.reason = undefined;
    this.wasPlaced = true;
    this.ready.resolve('');
  }

  toString(): string {
    return `placement group ${this.name ?? this.id}`;
  }
}

/** The other nodes of a cluster, as the placement groups of one node see them; set by the package cluster. */
export interface GroupsElsewhere {
  /** Where a new group is to have its home, if not here. */
  homeFor(options: PlacementGroupOptions): string | undefined;
  /** Reserves the bundles of a group whose home this is. */
  reserve(group: Group): void;
  /** Creates a group whose home is another node. */
  create(id: string, bundles: readonly ResourceMap[], options: PlacementGroupOptions, readyId: number): ObjectEntry;
  /** Some work names the group: where its bundles are is learned from its home. */
  follow(id: string): void;
  /** Removes a group whose home is another node. */
  remove(id: string): Promise<void>;
  /** A group whose home this is has been removed. Resolves when it cannot come back. */
  removed(group: Group, reason: string): Promise<void> | undefined;
}

/** The placement groups this node has to do with: those whose home it is, and what it has reserved of any. */
export class PlacementGroups {
  readonly #node: Node;
  readonly #groups = new Map<string, Group>();
  readonly #parts = new Map<string, GroupPart>();
  readonly #gone = new Set<string>();
  /** Those that are gone here, and might still come back elsewhere. */
  readonly #leaving = new Map<string, Promise<void>>();
  /** On a single machine. */
  readonly #claims = new WeakMap<Group, BundleClaim>();
  /** Those of this node that are gone, the newest of them. */
  readonly removed = new RecentList<Group>(MEMORY);
  /** What keeps queues of work that names groups. */
  readonly routes: { forget(groupId: string): void }[] = [];
  /** The other nodes, when this one has joined a cluster. */
  elsewhere: GroupsElsewhere | null = null;

  constructor(node: Node) {
    this.#node = node;
  }

  /** Reserves `bundles`, all or none; what is returned is ready when that is done. */
  create(
    id: string,
    bundles: readonly ResourceMap[],
    options: PlacementGroupOptions,
    readyId: number,
    job?: Job,
  ): ObjectEntry {
    if (this.elsewhere !== null && homeOfGroup(id) !== this.#node.id) {
      return this.elsewhere.create(id, bundles, options, readyId);
    }
    return this.createHere(id, bundles, options, readyId, job).ready;
  }

  /** This node is its home from now on. */
  adopt(group: Group): void {
    this.#groups.set(group.id, group);
  }

  /** As `create`; this node is its home, whatever its id says. */
  createHere(
    id: string,
    bundles: readonly ResourceMap[],
    options: PlacementGroupOptions,
    readyId: number,
    job?: Job,
  ): Group {
    const group = new Group(id, bundles, options, readyId, job);
    this.#groups.set(id, group);
    if (this.elsewhere === null) this.#reserveHere(group);
    else this.elsewhere.reserve(group);
    return group;
  }

  #reserveHere(group: Group): void {
    const { id, strategy, bundles } = group;
    const part = this.part(id);
    const all = new Map(bundles.entries());
    part.expect(all);
    if (strategy === 'STRICT_SPREAD' && bundles.length > 1) {
      group.reason = `it wants ${bundles.length} different nodes, and there is one`;
      this.#node.logs.warn(`${group} wants ${bundles.length} different nodes, and there is one. It stays pending`);
      return;
    }
    const { pool } = this.#node.scheduler;
    group.reason = pool.couldEverFit(group.shape)
      ? `it needs ${group.shape}, which other work holds at the moment`
      : `it needs ${group.shape}, and no node has that much: ${pool.missing(group.shape)}`;
    const claim = new BundleClaim(`${group}`, all, () => {
      part.keep(claim);
      group.reserved(all.keys(), this.#node.id);
    });
    this.#claims.set(group, claim);
    this.#node.scheduler.claim(claim);
  }

  /** What this node has, or will have, of a group. */
  part(id: string): GroupPart {
    let part = this.#parts.get(id);
    if (part === undefined) {
      part = new GroupPart(id, this.#node.scheduler, text => this.#node.logs.warn(text));
      this.#parts.set(id, part);
    }
    return part;
  }

  /** What this node has of a group, if it has to do with it. */
  knownPart(id: string): GroupPart | undefined {
    return this.#parts.get(id);
  }

  isGone(id: string): boolean {
    return this.#gone.has(id);
  }

  /** Settles when a group that is gone here cannot come back elsewhere; undefined: it cannot. */
  leaving(id: string): Promise<void> | undefined {
    return this.#leaving.get(id);
  }

  get(id: string): Group | undefined {
    return this.#groups.get(id);
  }

  /** @throws PlacementGroupRemovedError when the group is known to be gone */
  assertLives(id: string): void {
    const isGone = this.#gone.has(id) || (this.elsewhere === null && !this.#groups.has(id));
    if (isGone) throw new PlacementGroupRemovedError(`Placement group ${id} has been removed`);
  }

  /** Where work runs that names a group, and what it then demands. */
  placement({ placementGroup, bundleIndex = -1 }: PlacementGroupStrategy): {
    key: string;
    scheduler: Scheduler;
    shape(resources: ResourceMap): ResourceShape;
  } {
    const { id } = placementGroup;
    this.assertLives(id);
    this.elsewhere?.follow(id);
    // It travels with its bundles; whoever wrote down only the id is checked where the group is known.
    const { bundles = this.#groups.get(id)?.bundles } = placementGroup as { bundles?: readonly ResourceMap[] };
    if (bundles !== undefined && bundleIndex >= bundles.length) {
      throw new UnschedulableError(
        `bundleIndex is ${bundleIndex}, but placement group ${id} has ${bundles.length} bundles: use 0 to ${bundles.length - 1}`,
      );
    }
    return {
      key: `${id}/${bundleIndex}`,
      scheduler: this.part(id).scheduler,
      shape: resources => ResourceShape.of(inBundle(resources, bundleIndex)),
    };
  }

  /** Groups whose home this is: living ones, then those that are gone. */
  all(): Group[] {
    return [...this.#groups.values(), ...this.removed];
  }

  /** The session ends: what waits for a group waits in vain. */
  close(failure: Failure): void {
    for (const group of this.#groups.values()) group.ready.fail(failure);
  }

  /** Gives the resources back, everywhere, and ends what runs on them. Resolves when it cannot come back. */
  remove(id: string, reason = 'has been removed'): Promise<void> | undefined {
    const group = this.#groups.get(id);
    if (group === undefined) return this.#gone.has(id) ? this.leaving(id) : this.elsewhere?.remove(id);
    this.#groups.delete(id);
    group.removedAt = Date.now();
    this.removed.add(group);
    const claim = this.#claims.get(group);
    if (claim?.isGranted === false) this.#node.scheduler.withdraw(claim);
    const failure = this.end(id, `${group} ${reason}`);
    group.ready.fail(failure);
    const leaving = this.elsewhere?.removed(group, reason)?.finally(() => this.#leaving.delete(id));
    if (leaving === undefined) return undefined;
    this.#leaving.set(id, leaving);
    // Who asked is told; a group may also end with nobody asking.
    leaving.catch(() => {});
    return leaving;
  }

  /** The group is gone: what this node has of it is free, and work in it ends, wherever this node has sent it. */
  end(id: string, message: string): Failure {
    const failure = Failure.of(new PlacementGroupRemovedError(message));
    if (this.#gone.has(id)) return failure;
    this.#gone.add(id);
    if (this.#gone.size > MEMORY) this.#gone.delete(this.#gone.values().next().value as string);
    for (const extension of this.#node.extensions) extension.onPlacementGroupRemoved(id, failure);
    for (const task of this.#node.tasks.unfinished.all()) {
      if (groupOf(task.callable.options.schedulingStrategy) === id) this.#node.tasks.end(task, failure);
    }
    for (const route of this.routes) route.forget(id);
    this.#parts.get(id)?.release();
    this.#parts.delete(id);
    return failure;
  }
}

/** The group a scheduling strategy names. */
export function groupOf(strategy: unknown): string | undefined {
  if (typeof strategy !== 'object' || strategy === null || !('placementGroup' in strategy)) return undefined;
  return (strategy as PlacementGroupStrategy).placementGroup.id;
}
