import type { ControlStore } from '@aktis/cluster';
import { actorsTable, jobsTable, nodesTable } from '../format/records.ts';

/** What `list` and `get` can show. */
interface Resource {
  readonly id: string;
  read(store: ControlStore): Promise<readonly object[]>;
  table(records: readonly object[]): string;
}

export const resourceNames = ['nodes', 'jobs', 'actors'] as const;

export const resources: Readonly<Record<(typeof resourceNames)[number], Resource>> = {
  nodes: {
    id: 'nodeId',
    read: async store => (await import('@aktis/cluster')).listNodes(store, { all: true }),
    table: records => nodesTable(records as never),
  },
  jobs: {
    id: 'jobId',
    read: async store => new (await import('@aktis/cluster')).JobTable(store).list(),
    table: records => jobsTable(records as never),
  },
  actors: {
    id: 'actorId',
    read: async store => (await import('@aktis/cluster')).listActors(store),
    table: records => actorsTable(records as never),
  },
};
