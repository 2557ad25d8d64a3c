import type { ResourceMap } from '@aktis/core';
import { bytes, figure } from './numbers.ts';

/** `CPU 2, GPU 1`. */
export function resourceText(map: ResourceMap | undefined): string {
  const parts = Object.entries(map ?? {}).filter(([, amount]) => amount !== 0);
  return parts.length === 0 ? 'none' : parts.map(([name, amount]) => `${name} ${amountText(name, amount)}`).join(', ');
}

export function amountText(name: string, amount: number): string {
  return name === 'memory' ? bytes(amount) : figure(amount);
}

/**
 * Enough of an id to tell it from the others on a page. Ids of tasks, actors and objects are 8 digits of their node and 14 of a
 * number: `937b…1e`. Others are random.
 */
export function shortId(id: string): string {
  if (/^[0-9a-f]{22}$/.test(id)) return `${id.slice(0, 4)}…${id.slice(8).replace(/^0+(?=.)/, '')}`;
  return id.length > 12 && /^[0-9a-f]+$/.test(id) ? id.slice(0, 10) : id;
}
