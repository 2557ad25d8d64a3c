import type { NodeRecord } from '../records.ts';

/** `name`, or when one of the others has it `name-2`, `name-3`, ... */
export function freeName(name: string, others: readonly NodeRecord[]): string {
  const taken = new Set(others.map(record => record.name));
  if (!taken.has(name)) return name;
  let number = 2;
  while (taken.has(`${name}-${number}`)) number++;
  return `${name}-${number}`;
}
