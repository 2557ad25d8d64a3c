import type { PlacementGroups } from '../placement-groups.ts';
import type { PlacementGroupInfo } from '../types/state.ts';
import { detail, list, text, time } from './columns.ts';
import type { StateNode } from './node-state.ts';
import type { StateTable } from './state-table.ts';

type Group = ReturnType<PlacementGroups['all']>[number];

export class PlacementGroupTable implements StateTable<Group, PlacementGroupInfo> {
  readonly idColumn = 'placementGroupId';
  readonly columns: StateTable<Group, PlacementGroupInfo>['columns'];
  readonly #groups: () => PlacementGroups;

  constructor(node: StateNode, groups: () => PlacementGroups) {
    this.#groups = groups;
    const stateOf = (group: Group) => {
      if (group.isRemoved) return 'REMOVED';
      return group.ready.state === 'pending' ? 'PENDING' : 'CREATED';
    };
    this.columns = {
      placementGroupId: text(({ id }) => id),
      name: text(({ name }) => name),
      state: text(stateOf),
      strategy: text(({ strategy }) => strategy),
      bundles: list(group =>
        group.bundles.map(resources => {
          return stateOf(group) === 'CREATED' ? { resources, nodeId: node.id } : { resources };
        }),
      ),
      jobId: text(() => node.jobId),
      createdAt: time(({ createdAt }) => createdAt),
      endedAt: time(({ removedAt }) => removedAt),
      reason: detail(
        text(group => {
          if (stateOf(group) !== 'PENDING') return undefined;
          if (group.strategy === 'STRICT_SPREAD' && group.bundles.length > 1) {
            return `it wants ${group.bundles.length} different nodes, and there is one`;
          }
          const { pool } = node.scheduler;
          if (!pool.couldEverFit(group.shape)) {
            return `it needs ${group.shape}, and no node has that much: ${pool.missing(group.shape)}`;
          }
          return `it needs ${group.shape}, which other work holds at the moment`;
        }),
      ),
    };
  }

  get dropped(): number {
    return this.#groups().removed.dropped;
  }

  rows(): Group[] {
    return this.#groups().all();
  }
}
