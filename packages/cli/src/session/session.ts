import type { ControlStore } from '@aktis/cluster';
import type { Source } from '@aktis/dashboard';

/** A program or a cluster that runs, and can be asked. */
export interface Session {
  /** For messages: `the program with pid 4711`. */
  readonly title: string;
  /** What its nodes answer; every question has a time limit. */
  readonly source: Source;
  /** Of a cluster: it also knows nodes and jobs when no node answers. */
  readonly store: ControlStore | undefined;
}
