import type { Reading } from './workload.ts';

/**
 * What a side is in a comparison. `baseline` is what the work costs at least: bare `worker_threads`, or the same work in
 * small where the question is how cost grows.
 */
export type Role = 'aktis' | 'baseline' | 'peer' | 'ray';

/** One of those that are compared. */
export interface Side {
  readonly name: string;
  readonly role: Role;
  /** @throws SideFailure when it cannot run, or not in time */
  start(settings: SideSettings): Promise<Contestant>;
}

export interface SideSettings {
  /** Milliseconds any one answer of the side may take. */
  readonly limit: number;
  /** Where CPU profiles of its threads go. */
  readonly profileDirectory?: string | undefined;
}

/** A side that runs, in a process of its own. */
export interface Contestant {
  round(milliseconds: number): Promise<Reading>;
  end(): Promise<void>;
}

/** A side has nothing to show; the message says why. */
export class SideFailure extends Error {
  override readonly name = 'SideFailure';
}
