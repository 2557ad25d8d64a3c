import { type Membership, type PeersAnswer, peersAnswer, type StoreView } from '../membership/index.ts';

/** The question, over direct links: do you reach the control store? */
export const STORE_VIEW = 'storeView';

const ANSWER_LIMIT_MS = 1_000;

/** Asks all other members, because this node has lost the store: if the others have it, they will take it for dead. */
export async function askForStoreViews(
  others: readonly string[],
  ownId: string,
  ask: (nodeId: string, question: string, value: unknown, limit: number) => Promise<unknown>,
): Promise<PeersAnswer> {
  const views = others.map(async (nodeId): Promise<StoreView | 'unreachable' | 'gone'> => {
    try {
      return (await ask(nodeId, STORE_VIEW, ownId, ANSWER_LIMIT_MS)) as StoreView;
    } catch (error) {
      // Its machine says that nobody listens there.
      return /ECONNREFUSED|refused/.test((error as Error).message) ? 'gone' : 'unreachable';
    }
  });
  return peersAnswer(await Promise.all(views));
}

/** What this node answers. Who takes the asker for dead has read that in the store. */
export function storeViewFor(membership: Membership, askerId: string): StoreView {
  return membership.record(askerId)?.state === 'DEAD' ? 'has it' : membership.storeView;
}
