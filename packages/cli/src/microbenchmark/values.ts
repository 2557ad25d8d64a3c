import { times } from './workload.ts';

/** What Ray counts for an array of 100 Mi 64-bit numbers. */
export const GIGABYTES = 0.8;

/** Filled, so that the system backs it with memory: untouched pages are all the same one. */
export function largeArray(megabytes: number): Float64Array {
  return new Float64Array((megabytes * 1024 * 1024) / 8).fill(1);
}

export interface SmallObject {
  readonly id: number;
  readonly name: string;
  readonly value: number;
}

/** The argument of 1000 small objects. */
export function smallObjects(): SmallObject[] {
  return times(1000, id => ({ id, name: `item ${id}`, value: id / 2 }));
}
