import type { ForeignName } from '../objects/foreign-objects.ts';
import type { Peer } from '../peers/peer.ts';
import { ONLY_A_LINK_MS, type Peers } from '../peers/peers.ts';
import type { ActorDirectory } from './actor-directory.ts';

/** How long, and how often, an actor that must have come back elsewhere is looked for. */
const SEARCH_MS = 15_000;
export const SEARCH_EVERY_MS = 200;

/** It died and took its actor with it; or another owns it now; or it lives, and only the link to it broke. */
export type OwnerFate =
  | 'died'
  | { readonly kind: 'inherited'; readonly heir: ForeignName }
  | { readonly kind: 'lives'; readonly peer: Peer };

interface Sources {
  readonly peers: Peers;
  readonly directory: ActorDirectory;
}

/**
 * What has become of an actor's owner when the link to it is gone. A detached actor comes back under its name.
 *
 * @param isWanted whether anybody still waits for the answer
 */
export async function fateOfOwner(
  { peers, directory }: Sources,
  owner: string,
  namespace: string,
  name: string | undefined,
  isWanted: () => boolean,
): Promise<OwnerFate> {
  for (let waited = 0; waited < SEARCH_MS && isWanted(); waited += SEARCH_EVERY_MS) {
    const record = name === undefined ? null : await directory.find(namespace, name).catch(() => null);
    if (record !== null && record.ownerNodeId !== owner) {
      return { kind: 'inherited', heir: { owner: record.ownerNodeId, id: record.id } };
    }
    const peer = peers.living(owner);
    if (peer === undefined && name === undefined) break;
    if (peer !== undefined && waited >= ONLY_A_LINK_MS) return { kind: 'lives', peer };
    await new Promise(resolve => setTimeout(resolve, SEARCH_EVERY_MS).unref());
  }
  return 'died';
}
