import type { ResourceMap } from '@aktis/core';

/** What a node of a test cluster is to be. */
export interface TestNodeOptions {
  /** Default `node-0`, `node-1`, … */
  readonly name?: string;
  /** Default 2. */
  readonly numCpus?: number;
  /** Default 0. */
  readonly numGpus?: number;
  /** In bytes. Default 1 GiB. */
  readonly memory?: number;
  /** In bytes: more objects than this are moved to disk. Default: 30 % of the machine's memory. */
  readonly objectStoreMemory?: number;
  readonly resources?: ResourceMap;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface DrainOptions {
  /** Default `its test drains it`. */
  readonly reason?: string;
  /** In ms from now: then it leaves in any case. Default a minute. */
  readonly deadline?: number;
}

/** What is used where nothing is said. */
export const usualDrain = { reason: 'its test drains it', deadline: 60_000 };

/** A node of a test cluster, and what can be done to it. */
export interface TestNode {
  readonly name: string;
  /** Its node id. Another one after it was taken for dead and joined again. */
  readonly id: string;
  /** This process, for a node that runs inside of it. */
  readonly pid: number;
  readonly state: 'running' | 'frozen' | 'ended';
  /** It ends at once and says nothing: `kill -9`. Resolves when it has ended; the others find out by themselves. */
  kill(): Promise<void>;
  /** Says goodbye and ends. */
  stop(): Promise<void>;
  /**
   * It leaves in good order, as with `aktis drain`. Resolves when all know; `declaredDead` tells when it has left, and what
   * was still there at the deadline.
   */
  drain(options?: DrainOptions): Promise<void>;
  /**
   * It hangs: `SIGSTOP`. For longer than the cluster's `deadAfter`, it is taken for dead and joins again under another id
   * once it is thawed. Inside of this process its links and heartbeats are held, while its tasks run on.
   */
  freeze(): void;
  thaw(): void;
}
