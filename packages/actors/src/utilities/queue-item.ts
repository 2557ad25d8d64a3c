import { get, type ObjectRef, put } from '@aktis/core';
import { isPlainData } from './plain-data.ts';

/**
 * An item as the queue's actor sees it. Only small plain data is carried by the calls themselves. Everything else stays
 * in the object store: the actor's thread need not know the user's classes, and large buffers are never copied.
 */
export type QueueItem = readonly [value: unknown] | { readonly ref: ObjectRef<readonly [unknown]> };

/** About the size at which copying costs as much as asking the object store. */
const SMALL = 512;

export function packItem(value: unknown): QueueItem {
  // The list around it keeps a ref a ref: queues deliver what was put, not what it names.
  return isPlainData(value, SMALL) ? [value] : { ref: put([value] as const) };
}

export async function unpackItem(item: QueueItem): Promise<unknown> {
  return 'ref' in item ? (await get(item.ref))[0] : item[0];
}

export async function unpackItems(items: readonly QueueItem[]): Promise<unknown[]> {
  const refs = items.flatMap(item => ('ref' in item ? [item.ref] : []));
  const values = refs.length === 0 ? [] : await get(refs);
  let next = 0;
  return items.map(item => ('ref' in item ? (values[next++] as readonly [unknown])[0] : item[0]));
}
