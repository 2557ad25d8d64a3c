import { type ControlStore, JobTable, jobInfo, listNodes } from '@aktis/cluster';
import type { AnyStateTable, JobInfo, NodeStateInfo, StateAnswer } from '@aktis/core';
import { jobColumns, listState, nodeColumns } from '@aktis/core/hub';
import type { ListQuery } from '@aktis/dashboard';

/** What the control store of a cluster knows by itself: nodes, without how busy they are, and jobs. */
export function listStored(
  store: ControlStore,
  resource: 'nodes' | 'jobs',
  query: ListQuery,
): Promise<StateAnswer<NodeStateInfo | JobInfo>> {
  const fields =
    resource === 'nodes' ? { idColumn: 'nodeId', columns: nodeColumns } : { idColumn: 'jobId', columns: jobColumns };
  const rows = async () =>
    resource === 'nodes' ? listNodes(store, { all: true }) : (await new JobTable(store).list()).map(jobInfo);
  return listState(resource, { ...fields, dropped: 0, rows } as unknown as AnyStateTable, query);
}
