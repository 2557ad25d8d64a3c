/**
 * The first `count` of many, in the order of a key, without sorting all of them: what is worse than the worst of `count`
 * seen so far is not kept.
 */
export class BestRows<Row> {
  readonly #count: number;
  readonly #compare: (a: unknown, b: unknown) => number;
  // Two arrays rather than one of pairs: with a large offset there are many, and they would be garbage a moment later.
  #keys: unknown[] = [];
  #rows: Row[] = [];
  #seen = 0;
  /** So many are kept, and no key at or behind `#bound` can be among the first. */
  #isFull = false;
  #bound: unknown;

  constructor(count: number, descending: boolean) {
    this.#count = count;
    this.#compare = descending ? (a, b) => compareKeys(a, b, -1) : (a, b) => compareKeys(a, b, 1);
  }

  add(row: Row, key: unknown): void {
    this.#seen++;
    if (this.#isFull && this.#compare(key, this.#bound) >= 0) return;
    this.#keys.push(key);
    this.#rows.push(row);
    if (this.#rows.length >= 3 * this.#count + 1024) this.#cut();
  }

  /** How many were added, kept or not. */
  get seen(): number {
    return this.#seen;
  }

  /** Those kept, in order. */
  take(): Row[] {
    this.#cut();
    return this.#rows;
  }

  #cut(): void {
    const keys = this.#keys;
    const rows = this.#rows;
    // Where they stand says in which order equal ones came.
    const places = Array.from(rows, (_, i) => i);
    places.sort((a, b) => this.#compare(keys[a], keys[b]) || a - b);
    const best = places.slice(0, this.#count);
    this.#keys = best.map(place => keys[place]);
    this.#rows = best.map(place => rows[place] as Row);
    if (rows.length < this.#count) return;
    this.#isFull = true;
    this.#bound = this.#keys[this.#count - 1];
  }
}

/** What is not known comes last, in both directions. */
export function compareKeys(a: unknown, b: unknown, sign: 1 | -1): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return (a as number) < (b as number) ? -sign : sign;
}
