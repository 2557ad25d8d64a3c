import { type Bundles, pooledBundles, sumOfBundles } from './bundles.ts';
import { ResourcePool, ResourceShape } from './resources.ts';
import { type Claim, Scheduler } from './scheduler.ts';

/** Bundles that are to be reserved on this node, all of them or none. */
export class BundleClaim implements Claim {
  readonly bundles: Bundles;
  readonly shape: ResourceShape;
  readonly urgent = false;
  isGranted = false;
  readonly #group: string;
  readonly #onGranted: () => void;

  constructor(group: string, bundles: Bundles, onGranted: () => void) {
    this.bundles = bundles;
    this.shape = ResourceShape.of(sumOfBundles(bundles.values()));
    this.#group = group;
    this.#onGranted = onGranted;
  }

  describe(): string {
    return this.#group;
  }

  granted(): void {
    this.isGranted = true;
    this.#onGranted();
  }
}

/**
 * What one node has of a placement group: the bundles it has reserved, and the scheduler of what runs in them. Work may
 * wait in it before anything is reserved.
 */
export class GroupPart {
  readonly id: string;
  readonly scheduler: Scheduler;
  readonly #node: Scheduler;
  readonly #held: ResourceShape[] = [];

  /** @param node the scheduler the resources come from */
  constructor(id: string, node: Scheduler, warn: (text: string) => void) {
    this.id = id;
    this.#node = node;
    this.scheduler = new Scheduler(new ResourcePool({}), claim => {
      // What is not reserved yet may be enough.
      if (this.#held.length === 0) return;
      warn(`${claim.describe()} needs ${claim.shape}, but placement group ${id} has reserved less. It stays pending`);
    });
    this.scheduler.pause();
  }

  /** Work may be measured against these from now on, and runs once they are reserved. */
  expect(bundles: Bundles): void {
    this.scheduler.pool.extend(pooledBundles(bundles));
  }

  /** What `claim` was granted is the group's. */
  keep({ shape }: BundleClaim): void {
    this.#held.push(shape);
    this.scheduler.resume();
  }

  /** Gives everything back. */
  release(): void {
    this.scheduler.pause();
    for (const shape of this.#held.splice(0)) this.#node.release(shape);
  }
}
