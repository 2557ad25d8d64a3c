import type { ResourceMap } from './resources.ts';

/** Bundles of a placement group, by their index. */
export type Bundles = ReadonlyMap<number, ResourceMap>;

/** All of them together. */
export function sumOfBundles(bundles: Iterable<ResourceMap>): Record<string, number> {
  const total: Record<string, number> = {};
  for (const bundle of bundles) {
    for (const [name, amount] of Object.entries(bundle)) total[name] = (total[name] ?? 0) + amount;
  }
  return total;
}

/** What bundles offer: every resource as a whole, and again per bundle; work in a bundle takes from both. */
export function pooledBundles(bundles: Bundles): Record<string, number> {
  const pool = sumOfBundles(bundles.values());
  for (const [index, bundle] of bundles) {
    for (const [name, amount] of Object.entries(bundle)) pool[`${name}@${index}`] = amount;
  }
  return pool;
}

/** What work takes that needs `resources` in bundle `index`, or (-1) in any. */
export function inBundle(resources: ResourceMap, index: number): ResourceMap {
  if (index < 0) return resources;
  const both: Record<string, number> = { ...resources };
  for (const [name, amount] of Object.entries(resources)) both[`${name}@${index}`] = amount;
  return both;
}
