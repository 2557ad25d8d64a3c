import type { PeerQuestions } from '../peers/peer-questions.ts';
import type { Peers } from '../peers/peers.ts';

/** The question of an actor's owner to the node it lives on: end it when it has answered its calls. */
export const RETIRE = 'retireActor';

/** The question of an actor's owner to the node where it may wait for resources: give it back. */
export const RELINQUISH = 'relinquishActor';

/** `stays`: it has what it needs, or it has died. `later`: not yet. */
export type Relinquished = 'back' | 'stays' | 'later';

/** What takes as long as a call does ends at the latest with the node that is asked. */
const NO_LIMIT_MS = 2 ** 31 - 1;

/** The actor that `ownerId` calls `id`. */
export interface Retirement {
  readonly ownerId: string;
  readonly id: number;
}

/** Resolves when the actor has ended there, or the node is no member any more. */
export async function askToRetire(
  peers: Peers,
  questions: PeerQuestions,
  nodeId: string,
  retirement: Retirement,
): Promise<void> {
  const peer = peers.living(nodeId);
  if (peer !== undefined) await questions.ask(peer, RETIRE, retirement, NO_LIMIT_MS);
}

/** Rejects when the node is gone. */
export async function askToRelinquish(
  peers: Peers,
  questions: PeerQuestions,
  nodeId: string,
  actor: Retirement,
): Promise<Relinquished> {
  const peer = peers.living(nodeId);
  if (peer === undefined) return 'stays';
  return (await questions.ask(peer, RELINQUISH, actor, NO_LIMIT_MS)) as Relinquished;
}
