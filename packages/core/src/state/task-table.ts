import { namesResources } from '../callable.ts';
import { explainTask } from '../explain.ts';
import { privateId, publicId } from '../ids.ts';
import type { ResourceMap } from '../resources.ts';
import type { Task } from '../task.ts';
import type { TaskInfo, TaskStatus } from '../types/state.ts';
import { detail, number, structure, text, time } from './columns.ts';
import type { NodeState, StateNode } from './node-state.ts';
import type { StateTable } from './state-table.ts';
import { argumentBytes, runningSince, type TaskHistory } from './task-history.ts';
import { functionNameOf, methodOf, nameOf, typeOf } from './task-names.ts';

/** A task that has not ended, or the place of one in the history. */
export type TaskRow = Task | number;

/** Unfinished tasks are read from where they wait and run, ended ones from the history. */
export class TaskTable implements StateTable<TaskRow, TaskInfo> {
  readonly idColumn = 'taskId';
  readonly columns: StateTable<TaskRow, TaskInfo>['columns'];
  readonly #node: StateNode;
  readonly #state: NodeState;
  readonly #history: TaskHistory;

  constructor(node: StateNode, state: NodeState) {
    this.#node = node;
    this.#state = state;
    this.#history = state.tasks;
    this.columns = taskColumns(node, state);
  }

  get dropped(): number {
    return this.#history.start;
  }

  /** Newest first, more or less: what has not ended, then what has. */
  rows(): TaskRow[] {
    const rows: TaskRow[] = [];
    for (const tasks of this.#state.unfinished()) for (const task of tasks) if (isHere(task)) rows.push(task);
    const { start, end } = this.#history;
    // At its full length from the start: growing would copy it a dozen times, in every request.
    let at = rows.length;
    rows.length += end - start;
    for (let place = end - 1; place >= start; place--) rows[at++] = place;
    return rows;
  }

  find(taskId: string): TaskRow[] {
    const id = privateId(this.#node.id, taskId);
    const rows: TaskRow[] = this.#history.attempts(id, taskId);
    for (const tasks of this.#state.unfinished()) {
      for (const task of tasks) {
        if (isHere(task) && (task.id === id || task.output.publicId === taskId)) return [task, ...rows];
      }
    }
    return rows;
  }

  /** One that has ended meanwhile is in the history now; one in the history may have been overwritten. */
  current(row: TaskRow): TaskRow | undefined {
    if (typeof row === 'number') return row < this.#history.start ? undefined : row;
    return row.state === 'finished' ? this.#history.find(row.id) : row;
  }
}

function taskColumns(node: StateNode, { tasks: history, actorIds }: NodeState): TaskTable['columns'] {
  const id = (of: number) => (of === 0 ? undefined : publicId(node.id, of));
  const known = (milliseconds: number) => (milliseconds > 0 ? milliseconds : undefined);
  const epoch = (now: number) => (now > 0 ? performance.timeOrigin + now : undefined);
  const callable = (row: TaskRow) => (typeof row === 'number' ? history.callable(row) : row.callable);
  const method = (row: TaskRow) => (typeof row === 'number' ? history.method(row) : methodOf(row));
  const thread = (row: TaskRow) => (typeof row === 'number' ? history.thread(row) : (row.thread?.number ?? 0));
  const startedAt = (row: TaskRow) => (typeof row === 'number' ? history.startedAt(row) : runningSince(row));
  const endedAt = (row: TaskRow) => (typeof row === 'number' ? history.endedAt(row) : 0);
  const workerId = (row: TaskRow) => {
    const of = thread(row);
    if (of !== 0) return publicId(node.id, of * 2 ** 32);
    return typeof row === 'number' ? history.failedOn(row) : undefined;
  };
  return {
    taskId: text(row => {
      const foreign = typeof row === 'number' ? history.foreignId(row) : row.output.publicId;
      return foreign ?? publicId(node.id, typeof row === 'number' ? history.id(row) : row.id);
    }),
    attempt: number(row => (typeof row === 'number' ? history.attempt(row) : row.attempt)),
    name: text(row => nameOf(callable(row), method(row))),
    functionName: text(row => functionNameOf(callable(row), method(row))),
    type: text(row => typeOf(method(row))),
    state: text(row => (typeof row === 'number' ? (history.hasFailed(row) ? 'FAILED' : 'FINISHED') : statusOf(row))),
    jobId: text(row => callable(row).job?.id ?? node.jobId),
    nodeId: text(row => (workerId(row) === undefined ? undefined : node.id)),
    workerId: text(workerId),
    actorId: text(row => {
      const of = typeof row === 'number' ? history.actor(row) : row.actorId;
      return of === 0 ? undefined : actorIds.of(of);
    }),
    parentTaskId: text(row => {
      const foreign =
        typeof row === 'number' ? history.foreignParentId(row) : (row.parentName ?? row.parent?.output.publicId);
      return foreign ?? id(typeof row === 'number' ? history.parent(row) : (row.parent?.id ?? 0));
    }),
    submittedAt: time(row => epoch(typeof row === 'number' ? history.submittedAt(row) : row.submittedAt)),
    startedAt: time(row => known(startedAt(row))),
    endedAt: time(row => known(endedAt(row))),
    duration: number(row => {
      const start = startedAt(row);
      return start === 0 ? undefined : Math.max(0, (endedAt(row) || Date.now()) - start);
    }),
    error: structure((row, detailed) =>
      typeof row === 'number' && history.hasFailed(row) ? history.error(row, detailed === true) : undefined,
    ),
    requiredResources: structure(row => demandOf(callable(row), method(row))),
    argsReadyAt: detail(
      time(row => epoch(typeof row === 'number' ? history.argsReadyAt(row) : (row.arguments?.readyAt ?? 0))),
    ),
    argumentBytes: detail(number(row => (typeof row === 'number' ? history.bytes(row) : argumentBytes(row)))),
    reason: detail(text(row => (typeof row === 'number' ? undefined : explainTask(row)))),
  };
}

/** What runs on another node is in that one's state. */
function isHere({ state, thread }: Task): boolean {
  return state !== 'sent' || thread !== null;
}

/** Where an unfinished task is. */
function statusOf(task: Task): TaskStatus {
  switch (task.state) {
    case 'waiting':
      return 'PENDING_ARGS_AVAIL';
    case 'queued':
      return 'PENDING_NODE_ASSIGNMENT';
    case 'sent':
      return task.hasStarted ? 'RUNNING' : 'SUBMITTED_TO_WORKER';
    case 'finished':
      return task.output.state === 'failed' ? 'FAILED' : 'FINISHED';
  }
}

/** A method demands nothing by itself: it runs on what its actor holds, or takes. */
function demandOf(callable: Task['callable'], method: string | undefined): ResourceMap {
  if (method === undefined) return callable.resources;
  return method === '' && namesResources(callable.options) ? callable.resources : {};
}
