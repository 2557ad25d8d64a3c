import { publicId } from '../ids.ts';
import type { Task } from '../task.ts';
import type { WorkerInfo } from '../types/state.ts';
import { WorkerThread } from '../worker-thread.ts';
import { detail, flag, list, number, text, time } from './columns.ts';
import type { NodeState, StateNode } from './node-state.ts';
import { RecentList } from './recent-list.ts';
import type { Needs, StateTable } from './state-table.ts';
import { WorkerStatistics } from './worker-statistics.ts';

/** How many dead workers are remembered. */
const DEAD = 1_000;

interface DeadWorker {
  readonly number: number;
  readonly workerId: string;
  readonly jobId: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly reason: string;
}

type WorkerRow = WorkerThread | DeadWorker;

export class WorkerTable implements StateTable<WorkerRow, WorkerInfo> {
  readonly idColumn = 'workerId';
  readonly columns: StateTable<WorkerRow, WorkerInfo>['columns'];
  readonly #node: StateNode;
  readonly #dead = new RecentList<DeadWorker>(DEAD);
  readonly #statistics = new WorkerStatistics();

  constructor(node: StateNode, state: NodeState) {
    this.#node = node;
    const alive = <T>(of: (thread: WorkerThread) => T) => {
      return (row: WorkerRow) => (row instanceof WorkerThread ? of(row) : undefined);
    };
    const reading = (row: WorkerRow) => (row instanceof WorkerThread ? this.#statistics.of(row) : undefined);
    const actorsOn = (row: WorkerRow) => (row instanceof WorkerThread ? state.actors.on(row) : []);
    this.columns = {
      workerId: text(({ workerId }) => workerId),
      number: number(row => row.number),
      nodeId: text(() => node.id),
      pid: number(() => process.pid),
      jobId: text(row => (row instanceof WorkerThread ? (row.environment.job?.id ?? node.jobId) : row.jobId)),
      kind: text(row => {
        if (actorsOn(row).length > 0) return 'ACTOR';
        return row instanceof WorkerThread && row.lanes > 0 ? 'TASK' : 'IDLE';
      }),
      state: text(row => {
        if (!(row instanceof WorkerThread) || row.state === 'dead') return 'DEAD';
        return row.state === 'starting' ? 'STARTING' : 'ALIVE';
      }),
      running: number(row => runningOn(row).length),
      actors: number(row => actorsOn(row).length),
      heapUsedBytes: number(row => reading(row)?.heapUsedBytes),
      heapLimitBytes: number(row => reading(row)?.heapLimitBytes),
      eventLoopUtilization: number(row => reading(row)?.eventLoopUtilization),
      responsive: flag(row => reading(row)?.isResponsive ?? false),
      startedAt: time(({ startedAt }) => startedAt),
      endedAt: time(row => ('endedAt' in row ? row.endedAt : undefined)),
      exitReason: text(row => ('reason' in row ? row.reason : undefined)),
      tasks: detail(
        list(row =>
          runningOn(row).map(({ id, name, output }) => ({ taskId: output.publicId ?? publicId(node.id, id), name })),
        ),
      ),
      actorIds: detail(list(row => actorsOn(row).map(id => state.actorIds.of(id)))),
      inFlight: detail(number(alive(({ inFlight }) => inFlight))),
      handles: detail(number(alive(({ handles }) => handles.size))),
    };
  }

  get dropped(): number {
    return this.#dead.dropped;
  }

  died({ number, workerId, environment, startedAt, deathReason }: WorkerThread): void {
    const jobId = environment.job?.id ?? this.#node.jobId;
    this.#dead.add({ number, workerId, jobId, startedAt, endedAt: Date.now(), reason: deathReason });
  }

  async rows(needs: Needs): Promise<WorkerRow[]> {
    const { threads } = this.#node.pool;
    if (needs.has('heapUsedBytes') || needs.has('eventLoopUtilization')) await this.#statistics.refresh(threads);
    return [...threads, ...this.#dead];
  }
}

/** What executes on a worker at this moment. */
function runningOn(row: WorkerRow): Task[] {
  if (!(row instanceof WorkerThread)) return [];
  return [...row.work()].filter(task => task.state === 'sent' && task.hasStarted);
}
