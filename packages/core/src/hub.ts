// All of the package, with the node's half that runs on the main thread. By the name of the package alone everybody gets
// this too, but worker threads get `index.ts`: see `exports` in package.json.
import './sessions.ts';

export { inBundle, pooledBundles, sumOfBundles } from './bundles.ts';
export { Demand, Urgency } from './demand.ts';
export { Door } from './door.ts';
export { explainTask } from './explain.ts';
export { FunctionRoute } from './function-route.ts';
export { BundleClaim } from './group-part.ts';
export { HandleCounts } from './handle-counts.ts';
export * from './index.ts';
export { bothRules, labelRules, matches, unmatched } from './label-selector.ts';
export { Node } from './node.ts';
export { declareQuestions } from './node-questions.ts';
export { splitPairs } from './node-requests.ts';
export { ObjectEntry } from './object-entry.ts';
export { placementOf } from './placement.ts';
export { Group, groupOf } from './placement-groups.ts';
export { ResourcePool, ResourceShape } from './resources.ts';
export { RunTimeStatistics } from './run-time-statistics.ts';
export { Scheduler } from './scheduler.ts';
export { channels } from './state/channels.ts';
export * as column from './state/columns.ts';
export { withNode } from './state/core-metrics.ts';
export { jobColumns } from './state/job-table.ts';
export { listState } from './state/list-state.ts';
export { mergeLogs, mergeMetrics, mergeState, mergeSummaries } from './state/merge-state.ts';
export { nodeColumns } from './state/node-table.ts';
export { RecentList } from './state/recent-list.ts';
export { partialQuery } from './state/state-query.ts';
export { turnNow } from './state/turn-clock.ts';
export { Task } from './task.ts';
export { TaskList } from './task-list.ts';
export { deathOf } from './worker-death.ts';
