import { setTimeout } from 'node:timers/promises';
import type { Actor, ActorManager } from '@aktis/actors';
import type { Node } from '@aktis/core';

const LOOK_EVERY_MS = 50;

/** What a node that departs does about the others. */
export interface Neighbours {
  /** Resolves when every other node has taken back its actors that may move, and copied what lies only here. */
  takeBack(): Promise<void>;
}

/**
 * A node that leaves in good order. It gets no new work from now on; resolves when what runs here has ended, and what can
 * live elsewhere does, or at `deadline` (ms of `performance.now()`): with what was still here then.
 *
 * Its detached actors stay until there is nothing to do for them: who takes them over learns of them when it leaves.
 */
export async function depart(
  node: Node,
  manager: ActorManager,
  neighbours: Neighbours,
  deadline: number,
): Promise<string[]> {
  const late = setTimeout(Math.max(0, deadline - performance.now()), undefined, { ref: false });
  const taken = neighbours.takeBack();
  await Promise.race([taken, late]);
  let remains = whatIsHere(node, manager);
  while (remains.length > 0 && performance.now() < deadline) {
    await setTimeout(LOOK_EVERY_MS);
    remains = whatIsHere(node, manager);
  }
  // What ended last may have left results.
  if (performance.now() < deadline) await Promise.race([neighbours.takeBack(), late]);
  return remains;
}

/** What this node cannot leave behind yet, in words. */
function whatIsHere(node: Node, manager: ActorManager): string[] {
  const tasks = [...node.tasks.unfinished.all()].filter(({ state }) => state !== 'finished').map(({ name }) => name);
  const actors = [...manager.actors.values()]
    .filter(actor => actor.away === null && actor.state !== 'dead' && !movesByItself(actor))
    .map(actor => `actor ${actor}`);
  return [...tasks, ...actors];
}

/** A detached actor that may restart is taken over by another node as soon as this one is gone. */
function movesByItself(actor: Actor): boolean {
  return actor.callable.options.lifetime === 'detached' && mayMove(actor);
}

/** Whether an actor may be constructed again on another node. */
export function mayMove({ callable: { options } }: Actor): boolean {
  return (options.maxRestarts ?? 0) !== 0;
}
