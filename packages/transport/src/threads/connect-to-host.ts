import { workerData } from 'node:worker_threads';
import type { Link } from '../link.ts';
import { exposeControl } from './control.ts';
import type { HandshakeData } from './handshake.ts';
import { ThreadLink } from './thread-link.ts';

/** The worker's end of a `HostThread`. */
export interface HostConnection<C extends object> {
  /** Keeps the thread running until either end closes it. */
  readonly link: Link;
  /** What the host gave to this thread. */
  readonly data: unknown;
  /** Answers the host's `control` calls with the methods of `control`. */
  expose(control: C): void;
}

/** What the host gave to this thread, before it is connected: messages are lost until somebody listens. */
export function dataFromHost(): unknown {
  return (workerData as Partial<HandshakeData> | null)?.aktis?.data;
}

/** Connects a worker that a `HostThread` started. Call it once, in the boot module, before its first `await`. */
export function connectToHost<C extends object>(): HostConnection<C> {
  const handshake = (workerData as Partial<HandshakeData> | null)?.aktis;
  if (handshake === undefined) throw new Error('connectToHost() works only in a worker that a HostThread started.');
  return {
    link: new ThreadLink(handshake.link, handshake.traffic, 1),
    data: handshake.data,
    expose: control => exposeControl(handshake.control, control),
  };
}
