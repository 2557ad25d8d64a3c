import { PlacementGroupRemovedError, UnschedulableError } from './errors.ts';
import { Failure } from './failure.ts';
import type { Node } from './node.ts';
import { ObjectEntry } from './object-entry.ts';
import { type ResourceMap, ResourcePool, ResourceShape } from './resources.ts';
import { type Claim, Scheduler } from './scheduler.ts';
import { RecentList } from './state/recent-list.ts';
import type { PlacementGroupOptions, PlacementGroupStrategy } from './types.ts';

/** One group: what it asked for, and, once it has that, the scheduler of what it reserved. */
class Group implements Claim {
  readonly id: string;
  readonly bundles: readonly ResourceMap[];
  readonly name: string | undefined;
  readonly shape: ResourceShape;
  readonly urgent = false;
  readonly scheduler: Scheduler;
  readonly ready: ObjectEntry;
  readonly strategy: NonNullable<PlacementGroupOptions['strategy']>;
  readonly createdAt = Date.now();
  isRemoved = false;
  removedAt: number | undefined;

  constructor(
    id: string,
    bundles: readonly ResourceMap[],
    { name, strategy = 'PACK' }: PlacementGroupOptions,
    readyId: number,
    node: Node,
  ) {
    this.id = id;
    this.bundles = bundles;
    this.name = name;
    this.strategy = strategy;
    this.shape = ResourceShape.of(sum(bundles));
    this.ready = new ObjectEntry(readyId) as ObjectEntry;
    this.scheduler = new Scheduler(new ResourcePool(pooled(bundles)), claim => {
      node.logs.warn(
        `${claim.describe()} needs ${claim.shape}, but placement group ${id} has reserved less. It stays pending`,
      );
    });
    this.scheduler.pause();
  }

  describe(): string {
    return `placement group ${this.name ?? this.id}`;
  }

  granted(): void {
    this.scheduler.resume();
    this.ready.resolve('');
  }
}

/** Resources reserved together on this node. */
export class PlacementGroups {
  readonly #node: Node;
  readonly #groups = new Map<string, Group>();
  /** Those that are gone, the newest of them. */
  readonly removed = new RecentList<Group>(1_000);

  constructor(node: Node) {
    this.#node = node;
  }

  /** Reserves `bundles`, all or none; the group is ready when that is done. */
  create(id: string, bundles: readonly ResourceMap[], options: PlacementGroupOptions, readyId: number): ObjectEntry {
    const group = new Group(id, bundles, options, readyId, this.#node);
    if (this.#node.elsewhere !== null && !this.#node.scheduler.pool.couldEverFit(group.shape)) {
      // Rather an error than a group that waits for ever: its bundles cannot lie on other nodes yet.
      const error = new UnschedulableError(
        `${group.describe()} needs ${group.shape}, which this node does not have, and groups do not reach over nodes yet. ` +
          'Create it in a task on a node that has as much, or use labelSelector, SPREAD or a nodeId instead',
      );
      group.ready.fail(Failure.of(error));
      return group.ready;
    }
    this.#groups.set(id, group);
    if (options.strategy === 'STRICT_SPREAD' && bundles.length > 1) {
      this.#node.logs.warn(
        `${group.describe()} wants ${bundles.length} different nodes, and there is one. It stays pending`,
      );
    } else {
      this.#node.scheduler.claim(group);
    }
    return group.ready;
  }

  /** Where work runs that names a group, and what it then demands. */
  placement({ placementGroup, bundleIndex = -1 }: PlacementGroupStrategy): {
    key: string;
    scheduler: Scheduler;
    shape(resources: ResourceMap): ResourceShape;
  } {
    const group = this.#groups.get(placementGroup.id);
    if (group === undefined)
      throw new PlacementGroupRemovedError(`Placement group ${placementGroup.id} has been removed`);
    if (bundleIndex >= group.bundles.length) {
      throw new UnschedulableError(
        `bundleIndex is ${bundleIndex}, but placement group ${group.id} has ${group.bundles.length} bundles: use 0 to ${group.bundles.length - 1}`,
      );
    }
    return {
      key: `${group.id}/${bundleIndex}`,
      scheduler: group.scheduler,
      shape: resources => ResourceShape.of(bundleIndex < 0 ? resources : inBundle(resources, bundleIndex)),
    };
  }

  /** Living ones, then those that are gone. */
  all(): Group[] {
    return [...this.#groups.values(), ...this.removed];
  }

  /** The session ends: what waits for a group waits in vain. */
  close(failure: Failure): void {
    for (const group of this.#groups.values()) group.ready.fail(failure);
  }

  /** Gives the resources back and ends what runs on them. */
  remove(id: string): void {
    const group = this.#groups.get(id);
    if (group === undefined) return;
    this.#groups.delete(id);
    group.isRemoved = true;
    group.removedAt = Date.now();
    this.removed.add(group);
    const failure = Failure.of(new PlacementGroupRemovedError(`${group.describe()} has been removed`));
    for (const extension of this.#node.extensions) extension.onPlacementGroupRemoved(id, failure);
    for (const task of this.#node.tasks.unfinished.all()) {
      if (groupOf(task.callable.options.schedulingStrategy) === id) this.#node.tasks.end(task, failure);
    }
    if (group.ready.isSettled) this.#node.scheduler.release(group.shape);
    else {
      this.#node.scheduler.withdraw(group);
      group.ready.fail(failure);
    }
  }
}

/** The group a scheduling strategy names. */
export function groupOf(strategy: unknown): string | undefined {
  if (typeof strategy !== 'object' || strategy === null || !('placementGroup' in strategy)) return undefined;
  return (strategy as PlacementGroupStrategy).placementGroup.id;
}

function sum(bundles: readonly ResourceMap[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const bundle of bundles) {
    for (const [name, amount] of Object.entries(bundle)) total[name] = (total[name] ?? 0) + amount;
  }
  return total;
}

/** What a group offers: every resource as a whole, and again per bundle; work in a bundle takes from both. */
function pooled(bundles: readonly ResourceMap[]): Record<string, number> {
  const pool = sum(bundles);
  bundles.forEach((bundle, index) => {
    for (const [name, amount] of Object.entries(bundle)) pool[`${name}@${index}`] = amount;
  });
  return pool;
}

function inBundle(resources: ResourceMap, index: number): ResourceMap {
  const both: Record<string, number> = { ...resources };
  for (const [name, amount] of Object.entries(resources)) both[`${name}@${index}`] = amount;
  return both;
}
