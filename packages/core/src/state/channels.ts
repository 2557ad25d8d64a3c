import { type Channel, channel } from 'node:diagnostics_channel';

/** What is known of a task in every message about it. */
export interface TaskEvent {
  readonly taskId: string;
  readonly taskName: string;
  readonly actorId?: string;
  readonly nodeId: string;
  readonly workerId?: string;
}

export interface TaskFinishEvent extends TaskEvent {
  readonly attempt: number;
  readonly state: 'FINISHED' | 'FAILED';
  /** Milliseconds since the epoch; 0: it never ran. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** The name of the error's class, and its message. */
  readonly error?: { readonly type: string; readonly message: string };
}

/**
 * The channels of `node:diagnostics_channel` that Aktis publishes to. Where nobody subscribes this costs the question
 * whether somebody does, and no message is made.
 *
 * In the process of a node: `aktis:task:submit`, `aktis:task:finish` (every attempt), `aktis:actor:create`,
 * `aktis:actor:alive`, `aktis:actor:restart`, `aktis:actor:dead`, `aktis:worker:start`, `aktis:worker:exit`.
 * In the thread of a worker: `aktis:task:start`, `aktis:task:end`.
 */
export const channels = {
  taskSubmit: channel('aktis:task:submit'),
  taskFinish: channel('aktis:task:finish'),
  taskStart: channel('aktis:task:start'),
  taskEnd: channel('aktis:task:end'),
  actorCreate: channel('aktis:actor:create'),
  actorAlive: channel('aktis:actor:alive'),
  actorRestart: channel('aktis:actor:restart'),
  actorDead: channel('aktis:actor:dead'),
  workerStart: channel('aktis:worker:start'),
  workerExit: channel('aktis:worker:exit'),
} satisfies Record<string, Channel>;
