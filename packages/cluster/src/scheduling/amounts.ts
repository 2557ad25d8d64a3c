import type { ResourceMap } from '@aktis/core';
import { ResourceShape } from '@aktis/core/hub';

/** As in `ResourceShape`: whole numbers of 1/10000. */
const UNIT = 10_000;

/** Every resource that was ever named has a number; there are few. */
const indexes = new Map<string, number>();

function indexOf(name: string): number {
  let index = indexes.get(name);
  if (index === undefined) indexes.set(name, (index = indexes.size));
  return index;
}

/** Amounts of resources by their number; holes: 0. Comparing a demand with it looks at no names. */
export type Amounts = number[];

export function amountsOf(resources: ResourceMap): Amounts {
  const amounts: Amounts = [];
  for (const [name, amount] of Object.entries(resources)) amounts[indexOf(name)] = Math.round(amount * UNIT);
  // No holes: they would be slow.
  for (let i = 0; i < amounts.length; i++) amounts[i] ??= 0;
  return amounts;
}

/** What work demands, ready to be compared with `Amounts`. */
export interface Demand {
  readonly shape: ResourceShape;
  readonly indexes: readonly number[];
  readonly amounts: readonly number[];
}

const demands = new WeakMap<ResourceShape, Demand>();

export function demandOf(shape: ResourceShape): Demand {
  let demand = demands.get(shape);
  if (demand === undefined) {
    demand = { shape, indexes: shape.names.map(indexOf), amounts: shape.amounts };
    demands.set(shape, demand);
  }
  return demand;
}

/** The demand of all these together. */
export function sumOf(shapes: readonly ResourceShape[]): Demand {
  const sum: Record<string, number> = {};
  for (const { names, amounts } of shapes) {
    names.forEach((name, i) => {
      sum[name] = (sum[name] ?? 0) + (amounts[i] as number) / UNIT;
    });
  }
  return demandOf(ResourceShape.of(sum));
}

export function fits({ indexes, amounts }: Demand, available: Amounts): boolean {
  for (let i = 0; i < indexes.length; i++) {
    if ((available[indexes[i] as number] ?? 0) < (amounts[i] as number)) return false;
  }
  return true;
}

/** Adds the demand to `amounts`, or with -1 takes it away. */
export function add({ indexes, amounts }: Demand, to: Amounts, sign: 1 | -1): void {
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i] as number;
    while (to.length <= index) to.push(0);
    to[index] = (to[index] as number) + sign * (amounts[i] as number);
  }
}

/** How much of the scarcest of the demanded resources is in use, 0 to 1; of all resources when none is demanded. */
export function utilisation({ indexes }: Demand, total: Amounts, available: Amounts): number {
  let most = 0;
  if (indexes.length === 0) {
    for (let index = 0; index < total.length; index++) most = Math.max(most, used(index, total, available));
  } else {
    for (let i = 0; i < indexes.length; i++) most = Math.max(most, used(indexes[i] as number, total, available));
  }
  return most;
}

function used(index: number, total: Amounts, available: Amounts): number {
  const all = total[index] ?? 0;
  return all > 0 ? 1 - (available[index] ?? 0) / all : 0;
}

/** The resources of which `total` has less than demanded, in words: `16 CPU (has 4)`. */
export function missing({ shape, indexes, amounts }: Demand, total: Amounts): string {
  return shape.names
    .map((name, i) => ({ name, wanted: amounts[i] as number, has: total[indexes[i] as number] ?? 0 }))
    .filter(({ wanted, has }) => wanted > has)
    .map(({ name, wanted, has }) => `${wanted / UNIT} ${name} (has ${has / UNIT})`)
    .join(', ');
}
