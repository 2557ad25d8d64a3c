export type { Link, Payload } from '@aktis/transport';
export { atCaller, checkedFor } from './api/at-caller.ts';
export * from './api/cluster.ts';
export * from './api/logs.ts';
export * from './api/objects.ts';
export * from './api/placement-group.ts';
export { atCall, callTask } from './api/run.ts';
export { init, isInitialized, shutdown } from './api/session.ts';
export * from './api/state.ts';
export * from './api/threads.ts';
export { type Bundles, inBundle, pooledBundles, sumOfBundles } from './bundles.ts';
export * from './callable.ts';
export { type Connection, type Connector, registerConnector } from './connector.ts';
export {
  current,
  currentRuntime,
  currentWorker,
  isLoadingModules,
  neverWhileLoading,
  runningRuntime,
} from './current-runtime.ts';
export { type Dashboard, type DashboardPlace, registerDashboard } from './dashboard.ts';
export * from './definition.ts';
export { Demand, Urgency } from './demand.ts';
export { Deque } from './deque.ts';
export { Door, type Room } from './door.ts';
export type { Elsewhere, Whereabouts } from './elsewhere.ts';
export * from './errors.ts';
export { explainTask } from './explain.ts';
export { Failure, type FailureOrigin } from './failure.ts';
export { FunctionRoute } from './function-route.ts';
export { collectGarbage } from './garbage.ts';
export { BundleClaim } from './group-part.ts';
export { HandleCounts } from './handle-counts.ts';
export { type History, openHistory, registerHistory } from './history.ts';
export { homeOfGroup, privateId, publicId } from './ids.ts';
export { bothRules, type LabelRules, type Labels, labelRules, matches, unmatched } from './label-selector.ts';
export { callerModule } from './loading/call-site.ts';
export { logContext } from './log-context.ts';
export type { PrintedBy } from './log-printer.ts';
export { Node } from './node.ts';
export {
  type ActorStateMessage,
  type Borrow,
  type Borrowed,
  type CancelRun,
  type Chunk,
  type Content,
  type Copied,
  type CreateGroup,
  type Execute,
  type Fetch,
  type GroupPlaces,
  type Has,
  type HostActor,
  type Locate,
  type Located,
  type NodeAnswer,
  type NodeAsk,
  type NodeCallActor,
  type NodeDefine,
  type NodeDependencies,
  type NodeDone,
  NodeOp,
  type NodeOrigin,
  type NodeStopActor,
  type NodeYield,
  type Outcome,
  type Reserve,
  type Reserved,
  type Returned,
  type SettleBundles,
  type Sources,
  type ToPeer,
} from './node-protocol.ts';
export { declareQuestions } from './node-questions.ts';
export { splitPairs } from './node-requests.ts';
export { type Holdable, ObjectEntry, type Producer, type Source, type Waiter } from './object-entry.ts';
export { isObjectRef, ObjectRef, ObjectRefStream } from './object-ref.ts';
export { editDistance } from './options/edit-distance.ts';
export { actorOptions, getActorOptions, killOptions, methodOptions, taskOptions } from './options/index.ts';
export { placementOf } from './placement.ts';
export { Group, type GroupsElsewhere, groupOf } from './placement-groups.ts';
export { type NodeExtension, type Plugin, registerPlugin, type WorkerExtension } from './plugin.ts';
export {
  type Call,
  type CallActor,
  type Create,
  type CreateActor as CreateActorMessage,
  Op,
  type ToNode,
  type ToWorker,
  type WireFailure,
} from './protocol.ts';
export type { Asker, Question } from './questions.ts';
export {
  type EncodedArguments,
  foreignRef,
  type ReferenceClass,
  ReferenceKind,
  registerReferenceClass,
} from './references.ts';
export { type ResourceMap, ResourcePool, ResourceShape } from './resources.ts';
export { RunTimeStatistics } from './run-time-statistics.ts';
export type { ActorTarget, GetSettings, MethodCall, Runtime } from './runtime.ts';
export { type Job, type RuntimeEnvironment, runtimeEnvironment } from './runtime-environment.ts';
export { type Claim, Scheduler } from './scheduler.ts';
export type { ActorFacts } from './state/actor-facts.ts';
export { channels } from './state/channels.ts';
export * as column from './state/columns.ts';
export { withNode } from './state/core-metrics.ts';
export { jobColumns } from './state/job-table.ts';
export { listState } from './state/list-state.ts';
export { mergeLogs, mergeMetrics, mergeState, mergeSummaries } from './state/merge-state.ts';
export { nodeColumns } from './state/node-table.ts';
export { RecentList } from './state/recent-list.ts';
export { partialQuery } from './state/state-query.ts';
export type { StateRequest, SummaryRequest } from './state/state-questions.ts';
export type { AnyStateTable, Column, StateTable } from './state/state-table.ts';
export type { NodeNews, TaskNewsQuery } from './state/task-news.ts';
export { turnNow } from './state/turn-clock.ts';
export { Task, type TaskRoute } from './task.ts';
export { TaskList } from './task-list.ts';
export type { CancelSettings } from './task-manager.ts';
export type { TaskQueue } from './task-queue.ts';
export type { TraceEvent } from './timeline.ts';
export { isTracing } from './tracing/open-telemetry.ts';
export type * from './types.ts';
export { Execution, executions } from './worker/execution.ts';
export type { WorkerRuntime } from './worker/worker-runtime.ts';
export { deathOf } from './worker-death.ts';
export type { WorkerThread } from './worker-thread.ts';
