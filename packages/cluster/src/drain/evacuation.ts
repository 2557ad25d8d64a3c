import type { Node, ObjectEntry } from '@aktis/core';
import type { RemoteActors } from '../actors/remote-actors.ts';
import { ForeignEntry, type ForeignObjects } from '../objects/foreign-objects.ts';
import type { Outcomes } from '../objects/outcomes.ts';

/** The question of a node that drains to all others: take back what of yours, or for you, is here. */
export const TAKE_BACK = 'takeBack';

/** So many objects are on their way at a time. */
const AT_ONCE = 8;

interface Places {
  readonly node: Node;
  readonly foreign: ForeignObjects;
  readonly outcomes: Outcomes;
  readonly remoteActors: RemoteActors;
}

/** Moves what this node has on `nodeId` away from there: its actors that may move, and the values it may still need. */
export async function takeBack({ node, foreign, outcomes, remoteActors }: Places, nodeId: string): Promise<void> {
  const moved = remoteActors.owned.moveFrom(nodeId);
  const wanted = [...new Set([...outcomes.away.on(nodeId), ...(await borrowed(foreign, nodeId))])];
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    await Promise.all(wanted.slice(at, at + AT_ONCE).map(entry => bring(node, entry)));
  }
  await moved;
}

/** What that node owns and lies there. Of what is still being made nobody can say yet. */
async function borrowed(foreign: ForeignObjects, nodeId: string): Promise<ObjectEntry[]> {
  const entries = [...foreign.ownedBy(nodeId)].filter(item => item instanceof ForeignEntry);
  // Nobody may have asked yet how they stand.
  for (const entry of entries) entry.wait({ settled: () => {} });
  await Promise.race([
    Promise.all(entries.map(entry => new Promise<void>(resolve => entry.wait({ settled: () => resolve() })))),
    new Promise(resolve => setTimeout(resolve, SETTLING_MS)),
  ]);
  return entries.filter(({ state, source }) => state === 'away' && source !== null);
}

const SETTLING_MS = 1_000;

async function bring(node: Node, entry: ObjectEntry): Promise<void> {
  try {
    await node.store.read([entry], () => {});
  } catch {
    // It is lost already, or cannot be kept here; whoever reads it is told.
  }
}
