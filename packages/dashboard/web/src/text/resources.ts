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

/** The beginning of an id, enough to tell it from the others on a page. */
export function shortId(id: string): string {
  return id.length > 12 ? id.slice(0, 10) : id;
}
