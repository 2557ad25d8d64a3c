import { setTimeout } from 'node:timers';
import type { Node } from '@aktis/core';

/** What a node wrote that did not know yet that it was dead is found by a second look, so long after the first. */
const LATE_WRITES_MS = 10_000;

/** While the control store is away nothing can be taken over. */
const RETRY_MS = 1_000;

/** A node's part in taking over what nodes kept that are dead: detached actors and placement groups. */
export class Inheritance {
  readonly #node: Node;
  readonly #adopt: () => Promise<void>;
  #isLooking = false;
  #looksAgain = false;

  /** @param adopt takes over what there is */
  constructor(node: Node, adopt: () => Promise<void>) {
    this.#node = node;
    this.#adopt = adopt;
  }

  /** A node has died, or this one has joined and others may have died before. */
  look(): void {
    void this.#look();
    setTimeout(() => void this.#look(), LATE_WRITES_MS).unref();
  }

  async #look(): Promise<void> {
    this.#looksAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#looksAgain && !this.#node.isEnding) {
      this.#looksAgain = false;
      try {
        await this.#adopt();
      } catch (error) {
        if (this.#node.isEnding) break;
        const { message } = error as Error;
        this.#node.logs.warn(`What dead nodes kept could not be taken over, it is tried again: ${message}`);
        this.#looksAgain = true;
        await new Promise(resolve => setTimeout(resolve, RETRY_MS).unref());
      }
    }
    this.#isLooking = false;
  }
}
