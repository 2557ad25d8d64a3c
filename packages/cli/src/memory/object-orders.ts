import type { ObjectInfo } from '@aktis/core';

type Order = (a: ObjectInfo, b: ObjectInfo) => number;

/** What comes first. */
export const orders = {
  size: (a, b) => b.sizeBytes - a.sizeBytes,
  age: (a, b) => a.createdAt.localeCompare(b.createdAt),
  references: (a, b) => referencesTo(b) - referencesTo(a) || b.sizeBytes - a.sizeBytes,
} as const satisfies Record<string, Order>;

export type OrderName = keyof typeof orders;

function referencesTo({ references = {} }: ObjectInfo): number {
  return Object.values(references).reduce((sum, count) => sum + count, 0);
}
