import type { Link } from '@aktis/transport';
import type { Failure } from './failure.ts';
import type { Node } from './node.ts';
import type { ToNode, ToWorker } from './protocol.ts';
import type { WorkerRuntime } from './worker/worker-runtime.ts';
import type { WorkerThread } from './worker-thread.ts';

/** What a higher package adds to a node. */
export interface NodeExtension {
  /** A message of a worker that is not the core's. */
  handle(thread: WorkerThread, message: ToNode): void;
  onThreadDied(thread: WorkerThread): void;
  /** Whether something lives here that holds resources until nobody refers to it any more. */
  readonly holdsResources?: boolean;
  /** What lives on the group's resources ends. */
  onPlacementGroupRemoved(id: string, failure: Failure): void;
  /** Ends what it started; the node waits a bounded time. */
  shutdown(): Promise<void>;
}

/** What a higher package adds to a worker. */
export interface WorkerExtension {
  /** A message of the node that is not the core's. */
  handle(message: ToWorker): void;
  /** Code that waited for an answer of the node goes on. */
  onResumed(): void;
}

/** A higher package as the core sees it: actors are one. */
export interface Plugin {
  /** URL of the module that registers the plugin; workers import it. */
  readonly workerModule: string;
  attach(node: Node): NodeExtension;
  attachWorker(worker: WorkerRuntime, link: Link): WorkerExtension;
}

const registered: Plugin[] = [];

export function registerPlugin(plugin: Plugin): void {
  if (!registered.some(other => other.workerModule === plugin.workerModule)) registered.push(plugin);
}

export function plugins(): readonly Plugin[] {
  return registered;
}
