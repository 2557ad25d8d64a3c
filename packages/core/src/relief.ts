import { setTimeout } from 'node:timers';
import { collectGarbage } from './garbage.ts';
import type { Node } from './node.ts';
import { Op } from './protocol.ts';

const GARBAGE_AFTER_MS = 50;
const GARBAGE_EVERY_MS = 1_000;
const RELIEVE_EVERY_MS = 500;

/** Asks for collections of garbage when somebody waits for what only they can free: the collector knows of no such need. */
export class Relief {
  /** Streams that have not ended: what nobody can read any more holds the resources of its producer. */
  openStreams = 0;
  readonly #node: Node;
  #collecting = false;
  #relieving = false;

  constructor(node: Node) {
    this.#node = node;
  }

  /** What work waits for may be held by actors or streams nobody can reach any more, which only a collection finds out. */
  ofWaiting(delay = GARBAGE_AFTER_MS): void {
    const { extensions, scheduler } = this.#node;
    const isHeld = this.openStreams > 0 || extensions.some(extension => extension.holdsResources);
    if (this.#collecting || !isHeld) return;
    this.#collecting = true;
    setTimeout(() => {
      this.#collecting = false;
      for (const { feasible } of scheduler.waiting()) {
        if (!feasible) continue;
        collectGarbage();
        this.ofWaiting(GARBAGE_EVERY_MS);
        return;
      }
    }, delay).unref();
  }

  /** The store is full, perhaps of objects that only garbage in workers refers to. */
  ofStore(): void {
    if (this.#relieving) return;
    this.#relieving = true;
    collectGarbage();
    for (const thread of this.#node.pool.threads) thread.post([Op.Collect]);
    setTimeout(() => {
      this.#relieving = false;
      if (this.#node.store.statistics.spilledBytes > 0 && !this.#node.isEnding) this.ofStore();
    }, RELIEVE_EVERY_MS).unref();
  }
}
