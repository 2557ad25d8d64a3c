/** The candidate that `name` was most likely meant to be; `undefined` when none is close. */
export function closestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = folded(name);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = distance(wanted, folded(candidate), least);
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

/** How many letters must be added, dropped or changed; anything from `limit` on is as good as `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
