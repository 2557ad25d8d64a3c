/** Adds up what has the same name. */
export function sum(maps: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const map of maps) {
    for (const [name, amount] of Object.entries(map)) total[name] = (total[name] ?? 0) + amount;
  }
  return total;
}
