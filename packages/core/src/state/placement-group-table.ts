import type { Group, PlacementGroups } from '../placement-groups.ts';
import type { PlacementGroupInfo } from '../types/state.ts';
import { detail, list, text, time } from './columns.ts';
import type { StateNode } from './node-state.ts';
import type { StateTable } from './state-table.ts';

export class PlacementGroupTable implements StateTable<Group, PlacementGroupInfo> {
  readonly idColumn = 'placementGroupId';
  readonly columns: StateTable<Group, PlacementGroupInfo>['columns'];
  readonly #groups: () => PlacementGroups;

  constructor(node: StateNode, groups: () => PlacementGroups) {
    this.#groups = groups;
    const stateOf = (group: Group) => {
      if (group.isRemoved) return 'REMOVED';
      if (group.isPlaced) return 'CREATED';
      return group.wasPlaced ? 'RESCHEDULING' : 'PENDING';
    };
    this.columns = {
      placementGroupId: text(({ id }) => id),
      name: text(({ name }) => name),
      state: text(stateOf),
      strategy: text(({ strategy }) => strategy),
      bundles: list(({ bundles, nodeIds }) =>
        bundles.map((resources, index) => ({ resources, ...(nodeIds[index] && { nodeId: nodeIds[index] }) })),
      ),
      jobId: text(({ job }) => job?.id ?? node.jobId),
      createdAt: time(({ createdAt }) => createdAt),
      endedAt: time(({ removedAt }) => removedAt),
      reason: detail(text(group => (group.isRemoved ? undefined : group.reason))),
    };
  }

  get dropped(): number {
    return this.#groups().removed.dropped;
  }

  rows(): Group[] {
    return this.#groups().all();
  }
}
