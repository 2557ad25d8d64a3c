import { setTimeout } from 'node:timers/promises';
import type { Peer } from '../peers/peer.ts';
import { ONLY_A_LINK_MS, type Peers } from '../peers/peers.ts';

export const SEARCH_EVERY_MS = 200;

/** What outlives nodes has an entry in the control store, which says who keeps it. */
export interface Kept {
  readonly ownerNodeId: string;
}

/** It died, and nobody took over what it kept; or another keeps that now; or it lives, and only the link to it broke. */
export type KeeperFate<R extends Kept> =
  | 'died'
  | { readonly kind: 'inherited'; readonly record: R }
  | { readonly kind: 'lives'; readonly peer: Peer };

/**
 * What has become of the node that kept something, when the link to it is gone. As long as the entry stands somebody will
 * take it over.
 *
 * @param find the entry; null: there is none
 * @param isWanted whether anybody still waits for the answer
 */
export async function fateOfKeeper<R extends Kept>(
  peers: Peers,
  nodeId: string,
  find: () => Promise<R | null>,
  isWanted: () => boolean,
): Promise<KeeperFate<R>> {
  // Of one that has just joined, and is heard of now.
  const isNew = peers.living(nodeId) === undefined && (await news(peers, nodeId));
  for (let waited = isNew ? ONLY_A_LINK_MS : 0; isWanted(); waited += SEARCH_EVERY_MS) {
    // First: who is known to be dead writes nothing that counts any more.
    const peer = peers.living(nodeId);
    const record = await find().catch(() => undefined);
    if (record && record.ownerNodeId !== nodeId) return { kind: 'inherited', record };
    if (peer === undefined && record === null) return 'died';
    if (peer !== undefined && waited >= ONLY_A_LINK_MS) return { kind: 'lives', peer: peers.living(nodeId) ?? peer };
    await setTimeout(SEARCH_EVERY_MS, undefined, { ref: false });
  }
  return 'died';
}

/** Whether it turns out to be a living member. */
function news(peers: Peers, nodeId: string): Promise<boolean> {
  return new Promise(resolve => peers.meet(nodeId, peer => resolve(peer !== undefined)));
}
