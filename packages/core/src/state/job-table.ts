import type { JobInfo } from '../types/state.ts';
import { number, text, time } from './columns.ts';
import type { NodeState } from './node-state.ts';
import type { Columns, StateTable } from './state-table.ts';

/** The fields of a job's record. */
export const jobColumns: Columns<JobInfo, JobInfo> = {
  jobId: text(({ jobId }) => jobId),
  type: text(({ type }) => type),
  state: text(({ state }) => state),
  entrypoint: text(({ entrypoint }) => entrypoint),
  namespace: text(({ namespace }) => namespace),
  driverNodeId: text(({ driverNodeId }) => driverNodeId),
  driverPid: number(({ driverPid }) => driverPid),
  startedAt: time(({ startedAt }) => Date.parse(startedAt)),
  endedAt: time(({ endedAt }) => (endedAt === undefined ? undefined : Date.parse(endedAt))),
  message: text(({ message }) => message),
};

/** The jobs a node knows of: its driver's own. */
export class JobTable implements StateTable<JobInfo, JobInfo> {
  readonly idColumn = 'jobId';
  readonly dropped = 0;
  readonly columns = jobColumns;
  readonly #state: NodeState;

  constructor(state: NodeState) {
    this.#state = state;
  }

  rows(): readonly JobInfo[] {
    return this.#state.jobs();
  }
}
