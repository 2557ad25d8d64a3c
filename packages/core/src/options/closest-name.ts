import { editDistance } from './edit-distance.ts';

/** The candidate that `name` was most likely meant to be; `undefined` when none is close. */
export function closestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = folded(name);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = editDistance(wanted, folded(candidate), least);
    if (edits >= least) continue;
    best = candidate;
    least = edits;
  }
  return best;
}

/** `num_cpus`, `numCPUs` and `numCpus` are the same slip of memory. */
function folded(name: string): string {
  return name.replace(/[_-]/g, '').toLowerCase();
}
