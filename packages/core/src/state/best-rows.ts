/**
 * The first `count` of many, in the order of a key, without sorting all of them: what is worse than the worst of `count`
 * seen so far is not kept.
 */
export class BestRows<Row> {
  readonly #count: number;
  readonly #compare: (a: unknown, b: unknown) => number;
  #kept: { readonly key: unknown; readonly row: Row; readonly order: number }[] = [];
  #seen = 0;
  /** No key behind this one can be among the first. */
  #bound: { readonly key: unknown } | undefined;

  constructor(count: number, descending: boolean) {
    this.#count = count;
    this.#compare = descending ? (a, b) => compareKeys(a, b, -1) : (a, b) => compareKeys(a, b, 1);
  }

  add(row: Row, key: unknown): void {
    const order = this.#seen++;
    if (this.#bound !== undefined && this.#compare(key, this.#bound.key) >= 0) return;
    this.#kept.push({ key, row, order });
    if (this.#kept.length >= 2 * this.#count + 64) this.#cut();
  }

  /** How many were added, kept or not. */
  get seen(): number {
    return this.#seen;
  }

  /** Those kept, in order. */
  take(): Row[] {
    this.#cut();
    return this.#kept.map(({ row }) => row);
  }

  #cut(): void {
    this.#kept.sort((a, b) => this.#compare(a.key, b.key) || a.order - b.order);
    if (this.#kept.length <= this.#count) return;
    this.#kept.length = this.#count;
    this.#bound = this.#kept[this.#count - 1];
  }
}

/** What is not known comes last, in both directions. */
export function compareKeys(a: unknown, b: unknown, sign: 1 | -1): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return (a as number) < (b as number) ? -sign : sign;
}
