import { setTimeout } from 'node:timers/promises';
import type { Actor, ActorManager } from '@aktis/actors';
import type { Callable, CallableOptions, Job, Node } from '@aktis/core';
import type { Orphan } from '../keeping/kept-records.ts';
import type { ActorDirectory, NamedActor } from './actor-directory.ts';
import type { ActorPlacement } from './actor-placement.ts';
import type { AwaitedActors } from './awaited-actors.ts';

/** What a node needs to know to construct a detached actor again; JSON. */
interface Spec {
  readonly key: string;
  readonly options: string;
  readonly job: string;
  readonly args: string;
  readonly methods: string;
}

/**
 * What the directory is to keep of an actor, so that another node can take it over; undefined: none can.
 *
 * @param jobFacts JSON of the job's facts, as other nodes are told them
 */
export function specOf(actor: Actor, jobFacts: (job: Job | undefined) => string): string | undefined {
  const { callable, construction, methods } = actor;
  const { args, dependencies } = construction;
  if (callable.options.lifetime !== 'detached' || typeof args !== 'string' || dependencies !== null) return undefined;
  const job = jobFacts(callable.job);
  const spec: Spec = { key: callable.definition.key, options: callable.wire, job, args, methods };
  return JSON.stringify(spec);
}

interface Parts {
  readonly node: Node;
  readonly manager: ActorManager;
  readonly directory: ActorDirectory;
  readonly placement: ActorPlacement;
  readonly awaited: AwaitedActors;
  openJob(facts: string): Promise<Job | undefined>;
  /** Whether a node that is gone had drained. */
  hasDrained(nodeId: string): boolean;
}

/** Nodes that cannot have it themselves leave it for so long to those that can. */
const DEFERENCE_MS = 1_000;

/**
 * The detached actors of nodes that are dead come to life again: each is owned by the first of the others that takes it, one
 * with room if there is any. Names of those that cannot come back are free.
 */
export async function adoptOrphans(parts: Parts): Promise<void> {
  const { node, directory } = parts;
  const deferred: Foundling[] = [];
  for (const orphan of await directory.orphans()) {
    if (node.isEnding) return;
    const foundling = await examine(parts, orphan).catch((error: Error) => error);
    if (foundling instanceof Error) {
      const { name } = orphan.record;
      node.logs.warn(
        `Actor '${name}' of a node that died is left to other nodes, this one cannot: ${foundling.message}`,
      );
    } else if (foundling === undefined) await directory.bury(orphan);
    else if (parts.placement.hasRoomHere(foundling)) await adopt(parts, foundling);
    else deferred.push(foundling);
  }
  if (deferred.length === 0) return;
  await setTimeout(DEFERENCE_MS, undefined, { ref: false });
  for (const foundling of deferred) if (!node.isEnding) await adopt(parts, foundling);
}

/** An orphan that can come back, and what it takes. */
interface Foundling extends Orphan<NamedActor> {
  readonly spec: Spec;
  readonly callable: Callable;
  readonly restartsLeft: number;
}

/** Undefined: it cannot come back. */
async function examine(
  { node, openJob, hasDrained }: Parts,
  orphan: Orphan<NamedActor>,
): Promise<Foundling | undefined> {
  const { ownerNodeId, restartsLeft: left, spec: text } = orphan.record;
  if (text === undefined) return undefined;
  const spec = JSON.parse(text) as Spec;
  const { maxRestarts = 0 } = JSON.parse(spec.options) as CallableOptions;
  // To be taken over from a node that left in good order is no failure.
  const restartsLeft = left > 0 && !hasDrained(ownerNodeId) ? left - 1 : left;
  if (maxRestarts === 0 || (left === 0 && !hasDrained(ownerNodeId))) return undefined;
  const callable = node.foreignCallables.get(spec.key, spec.options, await openJob(spec.job));
  return { ...orphan, spec, callable, restartsLeft };
}

async function adopt({ node, manager, directory, awaited }: Parts, foundling: Foundling): Promise<void> {
  const { record, spec, callable, restartsLeft } = foundling;
  const id = node.ids.take();
  const restarts = record.restarts + 1;
  const isHere = awaited.expect(id);
  try {
    if (!(await directory.inherit(foundling, id, restarts, restartsLeft))) return;
    const construction = { args: spec.args, contains: null, dependencies: null, positions: null };
    const facts = { publicId: record.actorId, namespace: record.namespace, restarts, restartsLeft };
    manager.border.adopt(callable, construction, spec.methods, facts, id);
  } finally {
    isHere();
  }
}
