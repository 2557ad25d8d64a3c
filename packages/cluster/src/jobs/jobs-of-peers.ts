import type { ActorManager } from '@aktis/actors';
import type { Job, Node } from '@aktis/core';

/** The program of this node's own driver, and those of others'. */
export interface Programs {
  /** Hash of the bundle others can load; undefined: they have the same files. */
  readonly own: string | undefined;
  /** URL of a module file with that bundle. */
  file(hash: string): Promise<string>;
}

/** What a job is to other nodes: facts they are told before its first work, from which they find its program. */
export class JobsOfPeers {
  readonly #node: Node;
  readonly #programs: Programs | undefined;

  constructor(node: Node, programs: Programs | undefined) {
    this.#node = node;
    this.#programs = programs;
  }

  /** For a node that has not heard of `job`; undefined: this node's own. */
  describe(job: Job | undefined): { readonly id: string; readonly facts: string } {
    if (job !== undefined) {
      const { bundle, ...facts } = job;
      const code = bundle === undefined ? undefined : codeOf(bundle);
      return { id: job.id, facts: JSON.stringify({ ...facts, code }) };
    }
    const { id: nodeId, jobId: id, options } = this.#node;
    const { namespace = '', runtimeEnv } = options;
    const argv = process.argv.slice(2);
    return { id, facts: JSON.stringify({ id, namespace, nodeId, runtimeEnv, argv, code: this.#programs?.own }) };
  }

  /** A job this node was told of, with its program; undefined: its own. */
  async open(text: string): Promise<Job | undefined> {
    const { code, ...facts } = JSON.parse(text) as Omit<Job, 'bundle'> & { code?: string };
    if (facts.nodeId === this.#node.id) return undefined;
    return { ...facts, bundle: code === undefined ? undefined : await this.#programs?.file(code) };
  }
}

/** What a driver started ends with it, except detached actors. */
export function endJobsOf(node: Node, manager: ActorManager, driverId: string): void {
  for (const task of node.tasks.unfinished.all()) {
    if (task.callable.job?.nodeId !== driverId) continue;
    task.route.cancel(task, { force: task.route.interruptible, recursive: true, grace: 0 });
  }
  for (const actor of [...manager.actors.values()]) {
    const { job, options } = actor.callable;
    if (job?.nodeId === driverId && options.lifetime !== 'detached') manager.kill(actor, true);
  }
}

/** The hash in the name of a cached bundle's file. */
function codeOf(bundle: string): string | undefined {
  return /\/([0-9a-f]{64})-[0-9a-f]+\.mjs/.exec(bundle)?.[1];
}
