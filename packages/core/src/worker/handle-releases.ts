import { setImmediate } from 'node:timers';
import type { Link } from '@aktis/transport';
import { Op } from '../protocol.ts';

/** Tells the node which handles this worker has no more: what garbage collection found, in batches. */
export class HandleReleases {
  readonly #link: Link;
  readonly #collected = new FinalizationRegistry<number>(id => this.release(id));
  #counts = new Map<number, number>();

  constructor(link: Link) {
    this.#link = link;
  }

  /** `handle` names what the node knows as `id`. */
  track(handle: object, id: number): void {
    this.#collected.register(handle, id);
  }

  release(id: number): void {
    if (this.#counts.size === 0) setImmediate(() => this.#send());
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
  }

  #send(): void {
    this.#link.send([Op.Release, [...this.#counts].flat()]);
    this.#counts = new Map();
  }
}
