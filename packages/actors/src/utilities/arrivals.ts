import { clearTimeout, setTimeout } from 'node:timers';
/** Things in the order in which they came, and those who wait for the next one. */
export class Arrivals<T> {
  readonly #items = new Set<T>();
  readonly #takers = new Set<(item: T | undefined) => void>();

  add(item: T): void {
    for (const take of this.#takers) {
      take(item);
      return;
    }
    this.#items.add(item);
  }

  remove(item: T): void {
    this.#items.delete(item);
  }

  clear(): void {
    this.#items.clear();
  }

  /** Takes the first; undefined when `timeout` milliseconds passed without. */
  next(timeout?: number): Promise<T | undefined> {
    for (const item of this.#items) {
      this.#items.delete(item);
      return Promise.resolve(item);
    }
    return new Promise(resolve => {
      let timer: NodeJS.Timeout | undefined;
      const take = (item: T | undefined) => {
        this.#takers.delete(take);
        clearTimeout(timer);
        resolve(item);
      };
      this.#takers.add(take);
      if (timeout !== undefined) timer = setTimeout(take, timeout, undefined);
    });
  }
}
