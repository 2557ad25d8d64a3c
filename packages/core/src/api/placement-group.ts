import { currentRuntime } from '../current-runtime.ts';
import { InvalidOptionError } from '../errors.ts';
import { newNodeId } from '../ids.ts';
import type { ObjectRef } from '../object-ref.ts';
import type { ResourceMap } from '../resources.ts';
import type { PlacementGroup, PlacementGroupOptions, PlacementStrategy } from '../types.ts';
import { wait } from './objects.ts';

const STRATEGIES: readonly PlacementStrategy[] = ['PACK', 'SPREAD', 'STRICT_PACK', 'STRICT_SPREAD'];

/**
 * Reserves resources together, for work that names the group in its `schedulingStrategy`.
 *
 * @example
 * const group = placementGroup([{ CPU: 1 }, { CPU: 1 }]);
 * await get(group.ready());
 * work.options({ schedulingStrategy: { placementGroup: group } }).remote();
 */
export function placementGroup(bundles: readonly ResourceMap[], options: PlacementGroupOptions = {}): PlacementGroup {
  checkBundles(bundles);
  const { strategy = 'PACK' } = options;
  if (!STRATEGIES.includes(strategy)) {
    throw new InvalidOptionError(`Option strategy is ${JSON.stringify(strategy)}, but must be one of ${STRATEGIES.join(', ')}`);
  }
  const id = newNodeId();
  const ready = currentRuntime().reserve(id, bundles, options) as ObjectRef<void>;
  return new Reservation(id, bundles, ready);
}

/** Gives the group's resources back; what runs on them ends with `PlacementGroupRemovedError`. */
export async function removePlacementGroup(group: PlacementGroup): Promise<void> {
  await currentRuntime().ask('removePlacementGroup', { id: group.id });
}

class Reservation implements PlacementGroup {
  readonly id: string;
  readonly bundles: readonly ResourceMap[];
  readonly #ready: ObjectRef<void>;

  constructor(id: string, bundles: readonly ResourceMap[], ready: ObjectRef<void>) {
    this.id = id;
    this.bundles = bundles;
    this.#ready = ready;
  }

  ready(): ObjectRef<void> {
    return this.#ready;
  }

  async wait(timeout?: number): Promise<boolean> {
    const [ready] = await wait([this.#ready], timeout === undefined ? {} : { timeout });
    return ready.length === 1;
  }

  remove(): Promise<void> {
    return removePlacementGroup(this);
  }

  /** In options that travel, a group is its id. */
  toJSON(): { id: string } {
    return { id: this.id };
  }
}

function checkBundles(bundles: readonly ResourceMap[]): void {
  const isValid =
    Array.isArray(bundles) &&
    bundles.length > 0 &&
    bundles.every(bundle => {
      const amounts = typeof bundle === 'object' && bundle !== null ? Object.values(bundle as ResourceMap) : [];
      return amounts.length > 0 && amounts.every(amount => Number.isFinite(amount) && amount >= 0) && amounts.some(amount => amount > 0);
    });
  if (isValid) return;
  throw new InvalidOptionError(
    `Option bundles is ${JSON.stringify(bundles)}, but must be a list of resource maps with amounts above 0, such as [{ CPU: 1 }]`,
  );
}
