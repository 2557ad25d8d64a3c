import { isLoadingModules, neverWhileLoading, runningRuntime } from '../current-runtime.ts';
import type {
  ActorInfo,
  ActorSummary,
  JobInfo,
  NodeStateInfo,
  ObjectInfo,
  ObjectSummary,
  PlacementGroupInfo,
  StateAnswer,
  StateFilter,
  StateList,
  StateQuery,
  StateRecords,
  StateResource,
  TaskInfo,
  TaskSummary,
  WorkerInfo,
} from '../types.ts';

/**
 * The tasks of this session or cluster: unfinished ones and the newest 100,000 that ended, methods and constructors of
 * actors among them. Every attempt is a record of its own.
 *
 * @throws InvalidOptionError for a field, operator or value that is not allowed.
 * @example
 * for (const task of await listTasks({ filters: [['state', '=', 'FAILED']], sort: '-endedAt' })) {
 *   console.log(task.name, task.error?.message);
 * }
 */
export function listTasks(query?: StateQuery<TaskInfo>): Promise<StateList<TaskInfo>> {
  return list('tasks', query);
}

/** The actors: living ones and the newest 10,000 that died. */
export function listActors(query?: StateQuery<ActorInfo>): Promise<StateList<ActorInfo>> {
  return list('actors', query);
}

/** What lies in the object store: objects of at least 1 KiB, and everything `put` made. Largest first. */
export function listObjects(query?: StateQuery<ObjectInfo>): Promise<StateList<ObjectInfo>> {
  return list('objects', query);
}

/** The worker threads: living ones and the newest 1,000 that ended. */
export function listWorkers(query?: StateQuery<WorkerInfo>): Promise<StateList<WorkerInfo>> {
  return list('workers', query);
}

/** The nodes, with how busy they are. */
export function listNodes(query?: StateQuery<NodeStateInfo>): Promise<StateList<NodeStateInfo>> {
  return list('nodes', query);
}

export function listJobs(query?: StateQuery<JobInfo>): Promise<StateList<JobInfo>> {
  return list('jobs', query);
}

/** The placement groups: living ones and the newest 1,000 that were removed. */
export function listPlacementGroups(query?: StateQuery<PlacementGroupInfo>): Promise<StateList<PlacementGroupInfo>> {
  return list('placementGroups', query);
}

/** The newest attempt of one task, with all details; undefined if it is not known (any more). */
export async function getTaskInfo(taskId: string): Promise<TaskInfo | undefined> {
  const [task] = await list('tasks', one<TaskInfo>('taskId', taskId, { sort: '-attempt' }));
  return task;
}

/** One actor, with all details; undefined if it is not known (any more). */
export async function getActorInfo(actorId: string): Promise<ActorInfo | undefined> {
  return (await list('actors', one<ActorInfo>('actorId', actorId)))[0];
}

/** One object of the store, with all details; undefined if it is not known (any more), or small. */
export async function getObjectInfo(objectId: string): Promise<ObjectInfo | undefined> {
  return (await list('objects', one<ObjectInfo>('objectId', objectId)))[0];
}

/** One worker, with all details; undefined if it is not known (any more). */
export async function getWorkerInfo(workerId: string): Promise<WorkerInfo | undefined> {
  return (await list('workers', one<WorkerInfo>('workerId', workerId)))[0];
}

/** One node, with all details; undefined if it is not known. */
export async function getNodeInfo(nodeId: string): Promise<NodeStateInfo | undefined> {
  return (await list('nodes', one<NodeStateInfo>('nodeId', nodeId)))[0];
}

/** One job, with all details; undefined if it is not known. */
export async function getJobInfo(jobId: string): Promise<JobInfo | undefined> {
  return (await list('jobs', one<JobInfo>('jobId', jobId)))[0];
}

/** One placement group, with all details; undefined if it is not known (any more). */
export async function getPlacementGroupInfo(placementGroupId: string): Promise<PlacementGroupInfo | undefined> {
  return (await list('placementGroups', one<PlacementGroupInfo>('placementGroupId', placementGroupId)))[0];
}

/** How many tasks there are of each function, where they are, and how long they took. */
export function summarizeTasks(query?: Pick<StateQuery<TaskInfo>, 'filters'>): Promise<TaskSummary> {
  return ask('stateSummary', { resource: 'tasks', query });
}

/** How many actors there are of each class, and in which states. */
export function summarizeActors(query?: Pick<StateQuery<ActorInfo>, 'filters'>): Promise<ActorSummary> {
  return ask('stateSummary', { resource: 'actors', query });
}

/** How much memory objects take, by what made them. */
export function summarizeObjects(query?: Pick<StateQuery<ObjectInfo>, 'filters'>): Promise<ObjectSummary> {
  return ask('stateSummary', { resource: 'objects', query });
}

async function list<R extends StateResource>(
  resource: R,
  query: StateQuery<StateRecords[R]> | undefined,
): Promise<StateList<StateRecords[R]>> {
  const { items, ...facts } = await ask<StateAnswer<StateRecords[R]>>('state', { resource, query });
  // Beside the elements, so that the list is one to all that print, compare or serialise it.
  for (const [name, value] of Object.entries(facts)) Object.defineProperty(items, name, { value, configurable: true });
  return items as unknown as StateList<StateRecords[R]>;
}

function one<T>(key: keyof T & string, id: string, more?: StateQuery<T>): StateQuery<T> {
  if (typeof id !== 'string' || id === '') throw new TypeError(`The ${key} must be a string that is not empty`);
  const filter: StateFilter<T> = [key, '=', id];
  return { ...more, filters: [filter], limit: 1, detail: true };
}

async function ask<T>(question: string, value: unknown): Promise<T> {
  if (isLoadingModules()) return neverWhileLoading();
  return (await runningRuntime(question).ask(question, value)) as T;
}
