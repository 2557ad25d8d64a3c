import type { NodeOrigin } from '@aktis/core';
import type { Peer } from '../peers/peer.ts';

/** Where a run comes from. */
export interface RunOrigin {
  /** The task whose code submitted it. */
  readonly parent: string | undefined;
  /** The trace it belongs to: a `traceparent` header. */
  readonly trace: string | undefined;
}

const UNKNOWN: RunOrigin = { parent: undefined, trace: undefined };

/** What owners have said of runs that come next, or whose program is still on its way. */
export class RunOrigins {
  readonly #origins = new Map<Peer, Map<number, RunOrigin>>();

  add(peer: Peer, [, run, parent, trace]: NodeOrigin): void {
    let origins = this.#origins.get(peer);
    if (origins === undefined) this.#origins.set(peer, (origins = new Map()));
    origins.set(run, { parent: parent || undefined, trace: trace || undefined });
  }

  /** It is told once. */
  take(peer: Peer, run: number): RunOrigin {
    const origins = this.#origins.get(peer);
    const origin = origins?.get(run);
    if (origin === undefined) return UNKNOWN;
    origins?.delete(run);
    return origin;
  }

  forget(peer: Peer): void {
    this.#origins.delete(peer);
  }
}
