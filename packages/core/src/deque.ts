/** Most queues of actors stay empty, and there are many: nothing is allocated before something comes. */
const EMPTY: never[] = [];

/**
 * A queue with two ends in one growing ring: push and shift in constant time, however long it is.
 *
 * ```
 *   items:  [ d | e | . | . | a | b | c ]      head = 4, size = 5
 * ```
 */
export class Deque<T> {
  #items: (T | undefined)[] = EMPTY;
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#size === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#size++) & (this.#items.length - 1)] = item;
  }

  unshift(item: T): void {
    if (this.#size === this.#items.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#items.length - 1);
    this.#items[this.#head] = item;
    this.#size++;
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#size--;
    return item;
  }

  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#items[this.#head];
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.#size; i++) yield this.#items[(this.#head + i) & (this.#items.length - 1)] as T;
  }

  /** Takes everything out, in order. */
  drain(): T[] {
    const items = [...this];
    this.#items = EMPTY;
    this.#head = 0;
    this.#size = 0;
    return items;
  }

  #grow(): void {
    const items = this.#items;
    const grown: (T | undefined)[] = new Array(Math.max(4, items.length * 2));
    for (let i = 0; i < this.#size; i++) grown[i] = items[(this.#head + i) & (items.length - 1)];
    this.#items = grown;
    this.#head = 0;
  }
}
