import type {
  AnyStateTable,
  Node,
  NodeStateInfo,
  StateAnswer,
  StateQuery,
  StateRecords,
  StateRequest,
  StateResource,
  StateSummaries,
  SummaryRequest,
} from '@aktis/core';
import { listState, mergeState, mergeSummaries, partialQuery } from '@aktis/core/hub';
import type { ControlStore } from '../control-store.ts';
import { jobInfo } from '../jobs/job-info.ts';
import { JobTable } from '../jobs/job-table.ts';
import type { Membership } from '../membership/index.ts';
import type { FanOut } from './fan-out.ts';
import { isWorthShowing, nodeInfo } from './node-records.ts';

/** The lists of the state API, of the whole cluster. */
export class ClusterLists {
  readonly #node: Node;
  readonly #membership: Membership;
  readonly #fanOut: FanOut;
  readonly #jobs: JobTable;

  constructor(node: Node, store: ControlStore, membership: Membership, fanOut: FanOut) {
    this.#node = node;
    this.#membership = membership;
    this.#fanOut = fanOut;
    this.#jobs = new JobTable(store);
  }

  list({ resource, query }: StateRequest): Promise<StateAnswer<unknown>> {
    switch (resource) {
      case 'nodes':
        return this.#nodes(query);
      case 'jobs':
        return this.#ofRows('jobs', async () => (await this.#jobs.list()).map(jobInfo), query);
      default:
        return this.#ofAllNodes(resource, query as StateQuery<StateRecords[typeof resource]>);
    }
  }

  async summarize({ resource, query }: SummaryRequest): Promise<StateSummaries[typeof resource]> {
    const { of, missing } = await this.#fanOut.askAll<StateSummaries[typeof resource]>('stateSummary', {
      resource,
      query,
    });
    return mergeSummaries(resource, [...of.values()], missing);
  }

  async #ofAllNodes<R extends StateResource>(
    resource: R,
    query: StateQuery<StateRecords[R]> | undefined,
  ): Promise<StateAnswer<StateRecords[R]>> {
    const request = { resource, query: partialQuery(query ?? {}) };
    const { of, missing } = await this.#fanOut.askAll<StateAnswer<StateRecords[R]>>('state', request);
    return mergeState(resource, query, [...of.values()], missing);
  }

  /** The living with how busy they are, as far as they answer, and the dead. */
  async #nodes(query: unknown): Promise<StateAnswer<NodeStateInfo>> {
    const { of, missing } = await this.#fanOut.askAll<StateAnswer<NodeStateInfo>>('state', { resource: 'nodes' });
    const living = [...this.#membership.living()].map(member => {
      const [own] = of.get(member.record.nodeId)?.items ?? [];
      return { ...nodeInfo(member.record, member.available), ...(own?.usage && { usage: own.usage }) };
    });
    const dead = [...this.#membership.dead()].filter(isWorthShowing).map(record => nodeInfo(record));
    const answer = await this.#ofRows('nodes', () => [...living, ...dead], query);
    return { ...answer, missingNodes: missing };
  }

  #ofRows<R extends StateResource>(
    resource: R,
    rows: () => StateRecords[R][] | Promise<StateRecords[R][]>,
    query: unknown,
  ): Promise<StateAnswer<StateRecords[R]>> {
    const { idColumn, columns } = this.#node.state.table(resource) as unknown as AnyStateTable;
    return listState(resource, { idColumn, columns, dropped: 0, rows }, query);
  }
}
