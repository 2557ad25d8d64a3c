import { RELINQUISH, RETIRE, type Retirement } from '../actors/retirement.ts';
import { TAKE_BACK, takeBack } from '../drain/evacuation.ts';
import type { Membership } from '../membership/index.ts';
import { STORE_VIEW, storeViewFor } from '../peers/store-views.ts';
import type { Rooms } from '../rooms.ts';

/** What the nodes of a cluster ask each other, and nobody else. */
export function declareNeighbourQuestions(rooms: Rooms, membership: Membership): void {
  const { node, hostedActors, remoteActors } = rooms;
  node.questions.set(STORE_VIEW, (askerId: string) => storeViewFor(membership, askerId));
  node.questions.set(TAKE_BACK, async (nodeId: string) => {
    if (nodeId !== node.id) await takeBack(rooms, nodeId);
    return null;
  });
  node.questions.set(RELINQUISH, ({ ownerId, id }: Retirement) =>
    hostedActors.relinquish(ownerId, id, actor => remoteActors.borrowed.follow(actor, ownerId, id)),
  );
  node.questions.set(RETIRE, async ({ ownerId, id }: Retirement) => {
    await hostedActors.retire(ownerId, id, actor => remoteActors.borrowed.follow(actor, ownerId, id));
    return null;
  });
}
