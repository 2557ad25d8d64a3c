import { Deque } from '@aktis/core';

/** One call in a mailbox. */
export interface Letter {
  readonly group: string;
}

/**
 * The calls of one actor: first in, first out, and at most `limit` of each concurrency group at a time. An async method
 * occupies its place until its promise settles.
 */
export class Mailbox<L extends Letter> {
  readonly #run: (letter: L) => Promise<void> | undefined;
  readonly #limits: ReadonlyMap<string, number>;
  readonly #groups = new Map<string, { readonly limit: number; readonly waiting: Deque<L>; running: number }>();

  /** @param run undefined: the call has ended already */
  constructor(limits: ReadonlyMap<string, number>, run: (letter: L) => Promise<void> | undefined) {
    this.#limits = limits;
    this.#run = run;
  }

  push(letter: L): void {
    let group = this.#groups.get(letter.group);
    if (group === undefined) {
      group = { limit: this.#limits.get(letter.group) ?? 1, waiting: new Deque(), running: 0 };
      this.#groups.set(letter.group, group);
    }
    group.waiting.push(letter);
    if (group.running < group.limit) this.#next(letter.group);
  }

  #next(name: string): void {
    const group = this.#groups.get(name);
    if (group === undefined) return;
    while (group.running < group.limit) {
      const letter = group.waiting.shift();
      if (letter === undefined) return;
      group.running++;
      const pending = this.#run(letter);
      if (pending === undefined) {
        group.running--;
        continue;
      }
      void pending.then(() => {
        group.running--;
        this.#next(name);
      });
    }
  }
}
