import { explainTask } from '@aktis/core/hub';
import type { Actor } from './actor.ts';

/** What an actor waits for that has no thread yet, in words. */
export function explainPending({ creations }: Actor): string {
  if (creations === null) return 'it waits for a thread';
  const { shape, scheduler } = creations;
  if (!scheduler.pool.couldEverFit(shape)) {
    return `it needs ${shape}, and no node has that much: ${scheduler.pool.missing(shape)}`;
  }
  return `it needs ${shape}, which other work holds at the moment`;
}

/** Why it cannot be called yet, in words; undefined: it can. */
export function whyNotAlive(actor: Actor): string | undefined {
  if (actor.state === 'alive' || actor.state === 'ending' || actor.state === 'dead') return undefined;
  return actor.creation === null ? explainPending(actor) : explainTask(actor.creation);
}
