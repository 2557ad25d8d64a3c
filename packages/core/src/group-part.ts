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
  readonly #claims = new Set<BundleClaim>();

  /** @param node the scheduler the resources come from */
  constructor(id: string, node: Scheduler, warn: (text: string) => void) {
    this.id = id;
    this.#node = node;
    this.scheduler = new Scheduler(new ResourcePool({}), claim => {
      // What is not reserved yet may be enough.
      if (this.#claims.size === 0) return;
      warn(`${claim.describe()} needs ${claim.shape}, but placement group ${id} has reserved less. It stays pending`);
    });
    this.scheduler.pause();
  }

  /** Work may be measured against these from now on, and runs once they are reserved. */
  expect(bundles: Bundles): void {
    this.scheduler.pool.extend(pooledBundles(bundles));
  }

  /** What `claim` was granted is the group's. */
  keep(claim: BundleClaim): void {
    this.#claims.add(claim);
    this.scheduler.resume();
  }

  /** The bundles that are the group's. */
  get indexes(): number[] {
    return [...this.#claims].flatMap(({ bundles }) => [...bundles.keys()]);
  }

  /** Gives back what the group does not have here any more; returns whether there was any. `isHere`: whether a bundle is. */
  keepOnly(isHere: (index: number) => boolean): boolean {
    const lost = [...this.#claims].filter(({ bundles }) => ![...bundles.keys()].every(isHere));
    for (const claim of lost) {
      this.#claims.delete(claim);
      const all = Object.entries(pooledBundles(claim.bundles));
      this.scheduler.pool.extend(Object.fromEntries(all.map(([name, amount]) => [name, -amount])));
      this.#node.release(claim.shape);
    }
    return lost.length > 0;
  }

  /** Gives everything back. */
  release(): void {
    this.scheduler.pause();
    for (const { shape } of this.#claims) this.#node.release(shape);
    this.#claims.clear();
  }
}
