import type { Callable, Job, Node } from '@aktis/core';
import type { Peer } from './peer.ts';

/** What other nodes tell of their jobs and callables, before they send work for them. Programs come later than that. */
export class Introductions {
  readonly #node: Node;
  readonly #openJob: (facts: string) => Promise<Job | undefined>;
  /** Callables whose program is still on its way. */
  readonly #awaited = new WeakMap<Peer, Map<number, Promise<Callable>>>();

  /** @param openJob a job this node has not heard of, with its program */
  constructor(node: Node, openJob: (facts: string) => Promise<Job | undefined>) {
    this.#node = node;
    this.#openJob = openJob;
  }

  job(peer: Peer, id: string, facts: string): void {
    peer.jobs.set(id, this.#openJob(facts));
  }

  callable(peer: Peer, number: number, key: string, options: string, jobId: string): void {
    let awaited = this.#awaited.get(peer);
    if (awaited === undefined) this.#awaited.set(peer, (awaited = new Map()));
    const opened = (peer.jobs.get(jobId) ?? Promise.reject(new Error(`job ${jobId} is unknown`))).then(job => {
      const callable = this.#node.foreignCallables.get(key, options, job);
      peer.foreign[number] = callable;
      awaited.delete(number);
      return callable;
    });
    awaited.set(number, opened);
    opened.catch(() => {});
  }

  /** The callable that `peer` calls `number`; a promise while its program is on its way, which may not be had. */
  find(peer: Peer, number: number): Callable | Promise<Callable> {
    return (
      peer.foreign[number] ??
      this.#awaited.get(peer)?.get(number) ??
      Promise.reject(new Error('it was never introduced'))
    );
  }
}
