import type { ResourceMap, ResourceShape } from '@aktis/core';

/** Amounts are whole numbers of 1/10000, as in `ResourceShape`. */
const UNIT = 10_000;

/**
 * What one other node has to offer, as far as this one can know: what it said last, and what this one has sent there
 * since.
 */
export class Room {
  #total: ResourceMap = {};
  /** What others use, when the node last said. */
  readonly #others = new Map<string, number>();
  /** What this node's work there needs. */
  readonly #mine = new Map<string, number>();

  told(total: ResourceMap, available: ResourceMap): void {
    this.#total = total;
    for (const [name, amount] of Object.entries(total)) {
      const used = Math.round((amount - (available[name] ?? 0)) * UNIT);
      this.#others.set(name, Math.max(0, used - (this.#mine.get(name) ?? 0)));
    }
  }

  take(shape: ResourceShape): void {
    this.#add(shape, 1);
  }

  give(shape: ResourceShape): void {
    this.#add(shape, -1);
  }

  couldEverFit({ names, amounts }: ResourceShape): boolean {
    return names.every((name, i) => (this.#total[name] ?? 0) * UNIT >= (amounts[i] as number));
  }

  /** How many more of `shape` fit beside what is known to be there. */
  slots({ names, amounts }: ResourceShape): number {
    let slots = Number.POSITIVE_INFINITY;
    names.forEach((name, i) => {
      const free = (this.#total[name] ?? 0) * UNIT - (this.#others.get(name) ?? 0) - (this.#mine.get(name) ?? 0);
      slots = Math.min(slots, Math.floor(free / (amounts[i] as number)));
    });
    return Math.max(0, slots);
  }

  /** How many of `shape` fit when nothing else is there. */
  capacity({ names, amounts }: ResourceShape): number {
    let slots = Number.POSITIVE_INFINITY;
    names.forEach((name, i) => {
      slots = Math.min(slots, Math.floor(((this.#total[name] ?? 0) * UNIT) / (amounts[i] as number)));
    });
    return slots;
  }

  /** The most used of its resources, 0 to 1. */
  get utilisation(): number {
    let most = 0;
    for (const [name, total] of Object.entries(this.#total)) {
      if (total <= 0) continue;
      most = Math.max(most, ((this.#others.get(name) ?? 0) + (this.#mine.get(name) ?? 0)) / (total * UNIT));
    }
    return most;
  }

  #add({ names, amounts }: ResourceShape, sign: 1 | -1): void {
    names.forEach((name, i) => {
      this.#mine.set(name, Math.max(0, (this.#mine.get(name) ?? 0) + sign * (amounts[i] as number)));
    });
  }
}
