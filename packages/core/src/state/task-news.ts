import { InvalidOptionError } from '../errors.ts';
import type { Node } from '../node.ts';
import type { Task } from '../task.ts';
import type { TaskInfo } from '../types/state.ts';
import { recordOf } from './list-state.ts';
import type { Column } from './state-table.ts';
import { runningSince } from './task-history.ts';
import type { TaskRow } from './task-table.ts';
import { TurnBudget } from './turn-budget.ts';

/** Tasks in one answer. */
const LIMIT = 10_000;
/** Running tasks that are told. */
const RUNNING = 1_000;
/** What runs for less is not worth telling: it has ended by the time it is told. */
const SHORT_MS = 100;
/** Rows between two looks at the clock. */
const STEP = 64;

/** What a node is asked for the tasks that ended since somebody last asked. */
export interface TaskNewsQuery {
  /** `next` of the last answers, by node. Default: from the oldest that is remembered. */
  readonly after?: Readonly<Record<string, number>>;
  /** At most so many tasks. Default and most: 10,000. */
  readonly limit?: number;
}

/** One node's tasks that have ended, in the order in which they did. */
export interface NodeNews {
  readonly nodeId: string;
  readonly ended: readonly TaskInfo[];
  /** Where the next question begins. */
  readonly next: number;
  /** So many had been forgotten before they could be told. */
  readonly missed: number;
  /** More have ended than are told: ask again. */
  readonly hasMore: boolean;
  /** What has been executing for a tenth of a second or longer, at most 1,000. */
  readonly running: readonly TaskInfo[];
}

/** Answers the question `taskNews`, in pieces that leave the hub time for its work. A list, so that a cluster's is one, too. */
export async function taskNews(node: Node, query: TaskNewsQuery | null): Promise<NodeNews[]> {
  const { after, limit = LIMIT } = query ?? {};
  if (!(Number.isInteger(limit) && limit >= 0 && limit <= LIMIT)) {
    throw new InvalidOptionError(`Option limit is ${String(limit)}, but must be a whole number from 0 to ${LIMIT}.`);
  }
  const { tasks: history } = node.state;
  const columns = Object.entries(node.state.table('tasks')?.columns ?? {}) as [string, Column<unknown>][];
  const told = (row: TaskRow) => recordOf<TaskInfo>(columns, row, true);
  const wanted = after?.[node.id] ?? 0;
  const budget = new TurnBudget();
  const ended: TaskInfo[] = [];
  let next = Math.max(wanted, history.start);
  let missed = next - wanted;
  while (ended.length < limit && next < history.end) {
    ended.push(told(next++));
    if (ended.length % STEP !== 0 || !budget.isSpent) continue;
    await budget.pause();
    // What was overwritten meanwhile.
    const forgotten = Math.max(0, history.start - next);
    next += forgotten;
    missed += forgotten;
  }
  const running = [...runningTasks(node)].map(told);
  return [{ nodeId: node.id, ended, next, missed, hasMore: next < history.end, running }];
}

function* runningTasks(node: Node): Generator<Task> {
  const before = Date.now() - SHORT_MS;
  let count = 0;
  for (const thread of node.pool.threads) {
    for (const task of thread.work()) {
      const since = runningSince(task);
      if (since === 0 || since > before) continue;
      if (count++ >= RUNNING) return;
      yield task;
    }
  }
}
