import type { Task } from '@aktis/core';

/** What a call of an actor is beyond its task. */
export interface MethodCall extends Task {
  readonly method: string;
  readonly options: string;
}

/** Calls of one task, of one actor, or of the driver are one caller's. */
export function callerOf(parent: Task | null): number {
  if (parent === null) return 0;
  return parent.actorId === 0 ? parent.id : parent.actorId;
}
