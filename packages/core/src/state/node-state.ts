import type { HandleCounts } from '../handle-counts.ts';
import type { Node } from '../node.ts';
import { nodeInfo } from '../node-info.ts';
import type { Task } from '../task.ts';
import type { JobInfo, StateResource } from '../types/state.ts';
import type { NodeInfo } from '../types.ts';
import type { WorkerThread } from '../worker-thread.ts';
import { type ActorFacts, NO_ACTORS } from './actor-facts.ts';
import { ActorIds } from './actor-ids.ts';
import { channels, type TaskEvent } from './channels.ts';
import { HeapSnapshots } from './heap-snapshots.ts';
import { JobTable } from './job-table.ts';
import { LogStore } from './log-store.ts';
import { NodeSampler } from './node-sampler.ts';
import { NodeTable } from './node-table.ts';
import { ObjectTable } from './object-table.ts';
import { PlacementGroupTable } from './placement-group-table.ts';
import type { AnyStateTable } from './state-table.ts';
import { TaskHistory } from './task-history.ts';
import { TaskTable } from './task-table.ts';
import { WorkerTable } from './worker-table.ts';

/** What the state needs of its node. Most of it is made after the state, and is there when somebody asks. */
export type StateNode = Pick<
  Node,
  'id' | 'jobId' | 'codec' | 'options' | 'startedAt' | 'pool' | 'scheduler' | 'store' | 'tasks' | 'placementGroups'
>;

/** What another node has refs to. */
export interface NodeHandles {
  readonly nodeId: string;
  readonly handles: Pick<HandleCounts, 'count'>;
}

/** What a node knows about itself. Extensions add what they know. */
export class NodeState {
  readonly tasks: TaskHistory;
  readonly workers: WorkerTable;
  readonly sampler: NodeSampler;
  readonly logs: LogStore;
  readonly actorIds: ActorIds;
  readonly snapshots = new HeapSnapshots();
  /** Set by the extension for actors. */
  actors: ActorFacts = NO_ACTORS;
  /** The other nodes this one has to do with; set by the package cluster. */
  peers: () => Iterable<NodeHandles> = () => [];
  /** What the node says of itself, and the jobs it knows; the package cluster knows more. */
  nodeInfo: () => NodeInfo;
  jobs: () => readonly JobInfo[];
  readonly #node: StateNode;
  readonly #tables = new Map<StateResource, AnyStateTable>();

  constructor(node: Node) {
    this.#node = node;
    this.actorIds = new ActorIds(node.id);
    this.nodeInfo = () => nodeInfo(node);
    this.jobs = () => [jobOf(node)];
    this.tasks = new TaskHistory(node.codec, (task, thread) => node.origin(task, thread) as TaskEvent);
    this.workers = new WorkerTable(node, this);
    this.logs = new LogStore(node);
    this.sampler = new NodeSampler(node, this);
    this.add('tasks', new TaskTable(node, this));
    this.add('objects', new ObjectTable(node, this));
    this.add('workers', this.workers);
    this.add('nodes', new NodeTable(node, this));
    this.add('jobs', new JobTable(this));
    this.add('placementGroups', new PlacementGroupTable(node, () => node.placementGroups));
  }

  add<R extends StateResource>(resource: R, table: AnyStateTable<R>): void {
    this.#tables.set(resource, table as unknown as AnyStateTable);
  }

  get resources(): StateResource[] {
    return [...this.#tables.keys()];
  }

  table<R extends StateResource>(resource: R): AnyStateTable<R> | undefined {
    return this.#tables.get(resource) as AnyStateTable<R> | undefined;
  }

  /** The tasks that have not ended, in lists of which each is newest first. */
  *unfinished(): Generator<Task[]> {
    yield this.#node.tasks.unfinished.all();
    yield* this.actors.unfinished();
  }

  died(thread: WorkerThread): void {
    this.workers.died(thread);
    this.logs.ended(thread.workerId);
    const { workerId, number, deathReason } = thread;
    if (channels.workerExit.hasSubscribers) {
      channels.workerExit.publish({ workerId, number, nodeId: this.#node.id, reason: deathReason });
    }
  }

  close(): void {
    this.sampler.stop();
    this.logs.close();
  }
}

function jobOf(node: Node): JobInfo {
  return {
    jobId: node.jobId,
    type: 'DRIVER',
    state: 'RUNNING',
    entrypoint: process.argv[1] ?? '',
    namespace: node.options.namespace ?? '',
    driverNodeId: node.id,
    driverPid: process.pid,
    startedAt: node.startedAt.toISOString(),
  };
}
