import type { Link } from '@aktis/transport';
import type { Failure } from './failure.ts';
import type { Node } from './node.ts';
import type { ToNode, ToWorker } from './protocol.ts';
import type { ResourceShape } from './resources.ts';
import type { WorkerRuntime } from './worker/worker-runtime.ts';
import type { WorkerThread } from './worker-thread.ts';

/** What a higher package adds to a node. */
export interface NodeExtension {
  /** A message of a worker that is not the core's. */
  handle(thread: WorkerThread, message: ToNode): void;
  onThreadDied(thread: WorkerThread): void;
  /** What holds resources that `shape` needs, and would give them back if a collection found that nobody refers to it. */
  perhapsAbandoned?(shape: ResourceShape): Iterable<object>;
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

/** The half of a higher package that works in workers: actors are one. */
export interface WorkerPlugin {
  /** URL of the module that registers it; workers import it. */
  readonly module: string;
  attach(worker: WorkerRuntime, link: Link): WorkerExtension;
  /** Imports the module that registers the other half, for threads that turn out to need it. */
  loadNodePlugin(): Promise<unknown>;
}

/** The half that works in nodes, which worker threads do not load. */
export interface NodePlugin {
  readonly name: string;
  attach(node: Node): NodeExtension;
}

const ofWorkers: WorkerPlugin[] = [];
const ofNodes: NodePlugin[] = [];

export function registerWorkerPlugin(plugin: WorkerPlugin): void {
  if (!ofWorkers.some(other => other.module === plugin.module)) ofWorkers.push(plugin);
}

export function registerNodePlugin(plugin: NodePlugin): void {
  if (!ofNodes.some(other => other.name === plugin.name)) ofNodes.push(plugin);
}

export function workerPlugins(): readonly WorkerPlugin[] {
  return ofWorkers;
}

export function nodePlugins(): readonly NodePlugin[] {
  return ofNodes;
}
