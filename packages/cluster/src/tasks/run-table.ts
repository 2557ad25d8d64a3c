/** The places a table begins with, and the most it gets. */
const FIRST_PLACES = 64;
const MOST_PLACES = 8_192;

/**
 * What is under way, by numbers that count upwards, whatever becomes of it first. The place of a number is the number modulo
 * the size; the few that find theirs taken, because something older takes its time, stand in a map.
 *
 * A map alone would do, but when entries come and go all the time, the tables it outgrows keep alive what was in them until
 * the next full collection of garbage: more than all the rest of a call.
 */
export class RunTable<T extends { readonly number: number }> {
  #places: (T | undefined)[] = emptyPlaces(FIRST_PLACES);
  #taken = 0;
  readonly #others = new Map<number, T>();

  add(item: T): void {
    if (this.#put(item)) return;
    if (this.#taken * 2 >= this.#places.length && this.#places.length < MOST_PLACES) {
      this.#grow();
      if (this.#put(item)) return;
    }
    this.#others.set(item.number, item);
  }

  get(number: number): T | undefined {
    const item = this.#places[number & (this.#places.length - 1)];
    return item?.number === number ? item : this.#others.size === 0 ? undefined : this.#others.get(number);
  }

  delete(number: number): void {
    const place = number & (this.#places.length - 1);
    if (this.#places[place]?.number === number) {
      this.#places[place] = undefined;
      this.#taken--;
    } else {
      this.#others.delete(number);
    }
  }

  /** In the order of their numbers; later changes do not disturb. */
  all(): T[] {
    const items = this.#places.filter(item => item !== undefined);
    return [...items, ...this.#others.values()].sort((a, b) => a.number - b.number);
  }

  #put(item: T): boolean {
    const place = item.number & (this.#places.length - 1);
    if (this.#places[place] !== undefined) return false;
    this.#places[place] = item;
    this.#taken++;
    return true;
  }

  #grow(): void {
    const items = this.#places;
    this.#places = emptyPlaces(items.length * 2);
    this.#taken = 0;
    // No two that had places of their own meet in twice as many.
    for (const item of items) if (item !== undefined) this.#put(item);
  }
}

function emptyPlaces<T>(count: number): (T | undefined)[] {
  return new Array<T | undefined>(count).fill(undefined);
}
