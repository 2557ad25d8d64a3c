import type { LabelRules } from '@aktis/core';
import { type Demand, fits } from './amounts.ts';
import type { Candidate } from './candidate.ts';
import { isEligible, LEVELS, levelOf, topCount } from './placement-policy.ts';

/** A slot that is in no level: its node cannot take the work now. */
const NOT_READY = -1;

/**
 * For one demand and selection of labels: the nodes that have room, by level of utilisation.
 *
 * ```
 *   levels:  0 ▸ [slot 4, slot 9, slot 2]     less than half in use
 *            1 ▸ [slot 7]
 *            …
 *           16 ▸ []                           nothing left
 *   ready:   a bit for each slot in any level, for taking turns
 * ```
 *
 * A change of a node moves it in constant time; a choice looks at 17 levels, however many nodes there are.
 */
export class ShapeIndex {
  readonly #demand: Demand;
  readonly #rules: LabelRules;
  readonly #levels: number[][] = Array.from({ length: LEVELS }, () => []);
  /** Of each slot: its level, and where in the level it is. */
  readonly #levelOf: number[] = [];
  readonly #positionOf: number[] = [];
  readonly #eligible: boolean[] = [];
  #ready = new Uint32Array(1);
  #readyCount = 0;
  #eligibleCount = 0;

  constructor(demand: Demand, rules: LabelRules) {
    this.#demand = demand;
    this.#rules = rules;
  }

  /** Whether any node could run it, now or later. */
  get isFeasible(): boolean {
    return this.#eligibleCount > 0;
  }

  get hasRoom(): boolean {
    return this.#readyCount > 0;
  }

  /** The node in `slot` is new, or changed, or (undefined) gone. */
  update(slot: number, candidate: Candidate | undefined): void {
    const demand = this.#demand;
    const eligible = candidate !== undefined && isEligible(demand, this.#rules, candidate);
    if (eligible !== (this.#eligible[slot] ?? false)) {
      this.#eligible[slot] = eligible;
      this.#eligibleCount += eligible ? 1 : -1;
    }
    this.#settle(slot, eligible ? candidate : undefined);
  }

  /** Only what is free on the node in `slot` has changed. */
  updateAvailable(slot: number, candidate: Candidate): void {
    if (this.#eligible[slot] === true) this.#settle(slot, candidate);
  }

  #settle(slot: number, candidate: Candidate | undefined): void {
    const ready = candidate !== undefined && !candidate.isSuspect && fits(this.#demand, candidate.available);
    this.#move(slot, ready ? levelOf(this.#demand, candidate.total, candidate.available) : NOT_READY);
  }

  /** Its level, or -1 when it has no room. */
  level(slot: number): number {
    return this.#levelOf[slot] ?? NOT_READY;
  }

  /** At random one of the best 20 %; all that are as good as the best count. There must be one that has room. */
  choose(random: () => number): number {
    let best = 0;
    while ((this.#levels[best] as number[]).length === 0) best++;
    const top = Math.max(topCount(this.#readyCount), (this.#levels[best] as number[]).length);
    let at = Math.floor(random() * top);
    for (; ; best++) {
      const level = this.#levels[best] as number[];
      if (at < level.length) return level[at] as number;
      at -= level.length;
    }
  }

  /** The first slot from `from` on, around the circle, that has room. There must be one. */
  nextReady(from: number): number {
    const ready = this.#ready;
    let at = from >>> 5;
    let word = at < ready.length ? (ready[at] as number) & (-1 << (from & 31)) : 0;
    while (word === 0) {
      at = at + 1 < ready.length ? at + 1 : 0;
      word = ready[at] as number;
    }
    const lowestBit = word & -word;
    return at * 32 + 31 - Math.clz32(lowestBit);
  }

  #move(slot: number, level: number): void {
    const old = this.#levelOf[slot] ?? NOT_READY;
    if (old === level) return;
    if (old !== NOT_READY) this.#leave(slot, old);
    this.#levelOf[slot] = level;
    if (level !== NOT_READY) {
      const slots = this.#levels[level] as number[];
      this.#positionOf[slot] = slots.length;
      slots.push(slot);
    }
    if (old === NOT_READY || level === NOT_READY) this.#setReady(slot, level !== NOT_READY);
  }

  #leave(slot: number, level: number): void {
    const slots = this.#levels[level] as number[];
    const last = slots.pop() as number;
    if (last === slot) return;
    const position = this.#positionOf[slot] as number;
    slots[position] = last;
    this.#positionOf[last] = position;
  }

  #setReady(slot: number, ready: boolean): void {
    const at = slot >>> 5;
    if (at >= this.#ready.length) {
      const grown = new Uint32Array(Math.max(at + 1, 2 * this.#ready.length));
      grown.set(this.#ready);
      this.#ready = grown;
    }
    const bit = 1 << (slot & 31);
    this.#ready[at] = ready ? (this.#ready[at] as number) | bit : (this.#ready[at] as number) & ~bit;
    this.#readyCount += ready ? 1 : -1;
  }
}
