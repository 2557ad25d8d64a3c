import { register, registeredClass } from '@aktis/transport';
import { currentRuntime, runningRuntime } from '../current-runtime.ts';
import type { ObjectRef } from '../object-ref.ts';
import { placementBundles, placementGroupOptions } from '../options/index.ts';
import type { ResourceMap } from '../resources.ts';
import type { PlacementGroup, PlacementGroupOptions, SchedulingStrategy } from '../types.ts';
import { get, put, wait } from './objects.ts';

/**
 * Reserves resources together, for work that names the group in its `schedulingStrategy`.
 *
 * @example
 * const group = placementGroup([{ CPU: 1 }, { CPU: 1 }]);
 * await get(group.ready());
 * work.options({ schedulingStrategy: { placementGroup: group } }).remote();
 */
export function placementGroup(bundles: readonly ResourceMap[], options?: PlacementGroupOptions): PlacementGroup {
  const valid = placementBundles(bundles);
  const { id, ready } = currentRuntime().reserve(valid, placementGroupOptions(options));
  return new Reservation(id, valid, ready as ObjectRef<void>);
}

/** Gives the group's resources back; what runs on them ends with `PlacementGroupRemovedError`. */
export async function removePlacementGroup(group: PlacementGroup): Promise<void> {
  await runningRuntime('removePlacementGroup').ask('removePlacementGroup', { id: group.id });
}

class Reservation implements PlacementGroup {
  readonly id: string;
  readonly bundles: readonly ResourceMap[];
  /** No private field: it travels with the group. */
  private readonly whenReady: ObjectRef<void>;

  constructor(id: string, bundles: readonly ResourceMap[], ready: ObjectRef<void>) {
    this.id = id;
    this.bundles = bundles;
    this.whenReady = ready;
  }

  ready(): ObjectRef<void> {
    return this.whenReady;
  }

  async wait(timeout?: number): Promise<boolean> {
    const [ready] = await wait([this.whenReady], timeout === undefined ? {} : { timeout });
    if (ready.length === 0) return false;
    await get(this.whenReady);
    return true;
  }

  remove(): Promise<void> {
    return removePlacementGroup(this);
  }

  /** How it travels in options. */
  toJSON(): { id: string; bundles: readonly ResourceMap[] } {
    return { id: this.id, bundles: this.bundles };
  }
}

// A second copy of the package in this program has registered its own: groups of this one then stay where they are.
if (registeredClass('aktis.PlacementGroup') === undefined) register(Reservation, 'aktis.PlacementGroup');

/** The group that work with these options runs in: reserved, or it would not run. */
export function enclosingGroup(strategy: SchedulingStrategy | undefined): PlacementGroup | undefined {
  if (typeof strategy !== 'object' || !('placementGroup' in strategy)) return undefined;
  const { id, bundles = [] } = strategy.placementGroup as { id: string; bundles?: readonly ResourceMap[] };
  return new Reservation(id, bundles, put(undefined));
}
