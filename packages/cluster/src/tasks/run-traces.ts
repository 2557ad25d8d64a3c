import type { NodeTrace } from '@aktis/core';
import type { Peer } from '../peers/peer.ts';

/** Which traces runs belong to that come next, or whose program is still on its way. Empty unless a program traces. */
export class RunTraces {
  readonly #traces = new Map<Peer, Map<number, string>>();

  add(peer: Peer, [, run, trace]: NodeTrace): void {
    let traces = this.#traces.get(peer);
    if (traces === undefined) this.#traces.set(peer, (traces = new Map()));
    traces.set(run, trace);
  }

  /** It is told once. */
  take(peer: Peer, run: number): string | undefined {
    if (this.#traces.size === 0) return undefined;
    const traces = this.#traces.get(peer);
    const trace = traces?.get(run);
    traces?.delete(run);
    return trace;
  }

  forget(peer: Peer): void {
    this.#traces.delete(peer);
  }
}
