import type { Rooms } from './rooms.ts';

/** There may be room on other nodes: the work that waits is offered to them again. */
export function offerWaiting({ remoteTasks, remoteActors }: Rooms): void {
  remoteTasks.roomChanged();
  remoteActors.roomChanged();
}
