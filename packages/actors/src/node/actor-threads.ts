import { availableParallelism } from 'node:os';
import type { Node, RuntimeEnvironment, WorkerThread } from '@aktis/core';
import type { Actor } from './actor.ts';
import { ActorThread } from './actor-thread.ts';

/** The threads that host actors: one for each until there are `maxActorThreads`, then shared, least loaded first. */
export class ActorThreads {
  readonly #node: Node;
  readonly #flush: (actor: Actor) => void;
  readonly #limit: number;
  readonly #threads = new Map<WorkerThread, ActorThread>();

  constructor(node: Node, flush: (actor: Actor) => void) {
    this.#node = node;
    this.#flush = flush;
    const cpus = node.options.numCpus ?? availableParallelism();
    this.#limit = node.options.maxActorThreads ?? Math.max(16, Math.ceil(4 * cpus));
  }

  of(worker: WorkerThread): ActorThread | undefined {
    return this.#threads.get(worker);
  }

  /** Finds a home for `actor`. */
  take(actor: Actor, environment: RuntimeEnvironment, isolated: boolean): ActorThread {
    let thread = isolated || this.#threads.size < this.#limit ? undefined : this.#leastLoaded(environment);
    if (thread === undefined) {
      const worker = this.#node.pool.forActor(environment);
      thread = new ActorThread(worker, isolated, this.#node.scheduler, this.#flush);
      this.#threads.set(worker, thread);
    }
    thread.actors.add(actor);
    return thread;
  }

  forget(thread: ActorThread): void {
    this.#threads.delete(thread.worker);
    thread.close();
  }

  #leastLoaded(environment: RuntimeEnvironment): ActorThread | undefined {
    let best: ActorThread | undefined;
    for (const thread of this.#threads.values()) {
      if (thread.isolated || thread.worker.condemned || thread.worker.environment !== environment) continue;
      if (best === undefined || thread.actors.size < best.actors.size) best = thread;
    }
    return best;
  }
}
