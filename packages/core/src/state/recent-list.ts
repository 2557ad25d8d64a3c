/** The newest of what was added, up to a number. */
export class RecentList<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(item: T): void {
    this.#items[this.#count++ % this.#capacity] = item;
  }

  get size(): number {
    return this.#items.length;
  }

  /** How many were forgotten. */
  get dropped(): number {
    return this.#count - this.#items.length;
  }

  /** Newest first. */
  *[Symbol.iterator](): Generator<T> {
    const { length } = this.#items;
    for (let i = 1; i <= length; i++) yield this.#items[(this.#count - i) % this.#capacity] as T;
  }
}
