import type { ObjectInfo } from '@aktis/core';

/** By what objects can be counted. */
export const groupings = {
  creator: ({ creator, kind }: ObjectInfo) => (kind === 'RETURN' ? creator : creator.toLowerCase()),
  holder: ({ referencedBy }: ObjectInfo) => [...referencedBy].sort().join(', '),
  node: ({ nodeId }: ObjectInfo) => nodeId,
  location: ({ location }: ObjectInfo) => location,
} as const;

export type Grouping = keyof typeof groupings;

export interface ObjectCount {
  readonly group: string;
  readonly objects: number;
  readonly sizeBytes: number;
  readonly spilledBytes: number;
  readonly largestBytes: number;
}

/** Most bytes first. */
export function groupObjects(objects: readonly ObjectInfo[], by: Grouping): ObjectCount[] {
  const groups = new Map<string, { -readonly [K in keyof ObjectCount]: ObjectCount[K] }>();
  for (const object of objects) {
    const group = groupings[by](object);
    let count = groups.get(group);
    if (count === undefined) {
      groups.set(group, (count = { group, objects: 0, sizeBytes: 0, spilledBytes: 0, largestBytes: 0 }));
    }
    count.objects++;
    count.sizeBytes += object.sizeBytes;
    if (object.location === 'SPILLED') count.spilledBytes += object.sizeBytes;
    count.largestBytes = Math.max(count.largestBytes, object.sizeBytes);
  }
  return [...groups.values()].sort((a, b) => b.sizeBytes - a.sizeBytes);
}
