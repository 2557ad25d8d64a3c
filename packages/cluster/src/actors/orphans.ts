import type { Actor, ActorManager } from '@aktis/actors';
import type { Job, Node } from '@aktis/core';
import type { ActorDirectory } from './actor-directory.ts';

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
  openJob(facts: string): Promise<Job | undefined>;
  /** Whether a node that is gone had drained. */
  hasDrained(nodeId: string): boolean;
}

/** The detached actors of a node that died come to life again on the first of the others that takes them. */
export async function adoptOrphans(
  { node, manager, directory, openJob, hasDrained }: Parts,
  nodeId: string,
): Promise<void> {
  for await (const record of directory.orphans(nodeId)) {
    const { key, options, job, args, methods } = JSON.parse(record.spec as string) as Spec;
    if ((JSON.parse(options) as { maxRestarts?: number }).maxRestarts === undefined) continue;
    const callable = node.foreignCallables.get(key, options, await openJob(job));
    const construction = { args, contains: null, dependencies: null, positions: null };
    const actor = manager.border.adopt(callable, construction, methods);
    actor.restarts++;
    // To be taken over from a node that left in good order is no failure.
    if (actor.restartsLeft > 0 && !hasDrained(nodeId)) actor.restartsLeft--;
  }
}
