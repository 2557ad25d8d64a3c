import { type ControlStore, JobTable, jobInfo, listNodes } from '@aktis/cluster';
import type { AnyStateTable, JobInfo, NodeStateInfo, StateAnswer } from '@aktis/core';
import { column, listState } from '@aktis/core/hub';
import type { ListQuery } from '@aktis/dashboard';

type Kind = 'text' | 'number' | 'flag' | 'structure';

const stored = {
  nodes: {
    id: 'nodeId',
    read: (store: ControlStore) => listNodes(store, { all: true }),
    fields: {
      nodeId: 'text',
      name: 'text',
      kind: 'text',
      pid: 'number',
      host: 'text',
      address: 'text',
      state: 'text',
      isHead: 'flag',
      resources: 'structure',
      labels: 'structure',
      startedAt: 'text',
      diedAt: 'text',
      drain: 'structure',
      deathReason: 'text',
      usage: 'structure',
    } satisfies Record<keyof NodeStateInfo, Kind>,
  },
  jobs: {
    id: 'jobId',
    read: async (store: ControlStore) => (await new JobTable(store).list()).map(jobInfo),
    fields: {
      jobId: 'text',
      type: 'text',
      state: 'text',
      entrypoint: 'text',
      namespace: 'text',
      driverNodeId: 'text',
      driverPid: 'number',
      startedAt: 'text',
      endedAt: 'text',
      message: 'text',
    } satisfies Record<keyof JobInfo, Kind>,
  },
};

/** What the control store of a cluster knows by itself: nodes, without how busy they are, and jobs. */
export async function listStored(
  store: ControlStore,
  resource: keyof typeof stored,
  query: ListQuery,
): Promise<StateAnswer<NodeStateInfo | JobInfo>> {
  const { id, read, fields } = stored[resource];
  const columns = Object.entries(fields).map(([name, kind]) => {
    const of = (row: object) => (row as Readonly<Record<string, unknown>>)[name];
    return [name, column[kind](of as never)];
  });
  const table = { idColumn: id, columns: Object.fromEntries(columns), dropped: 0, rows: () => read(store) };
  return listState(resource, table as unknown as AnyStateTable, query);
}
