/** What workers of the peers do; the same as the remote functions of Aktis. */
export function add(a: number, b: number): number {
  return a + b;
}

export function count(items: readonly unknown[]): number {
  return items.length;
}

export function ends(numbers: Float64Array): number {
  return (numbers[0] as number) + (numbers[numbers.length - 1] as number);
}
