// What user code and worker threads need. Types of all, but no module of the hub: see `hub.ts`.
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
export type { Bundles } from './bundles.ts';
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
export type { Demand, Urgency } from './demand.ts';
export { Deque } from './deque.ts';
export type { Door, Room } from './door.ts';
export type { Elsewhere, Whereabouts } from './elsewhere.ts';
export * from './errors.ts';
export { Failure, type FailureOrigin } from './failure.ts';
export type { FunctionRoute } from './function-route.ts';
export { collectGarbage } from './garbage.ts';
export type { BundleClaim } from './group-part.ts';
export type { HandleCounts } from './handle-counts.ts';
export { type History, registerHistory } from './history.ts';
export { homeOfGroup, privateId, publicId } from './ids.ts';
export type { LabelRules, Labels } from './label-selector.ts';
export { callerModule } from './loading/call-site.ts';
export { logContext } from './log-context.ts';
export type { PrintedBy } from './log-printer.ts';
export type { Node } from './node.ts';
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
export type { Holdable, ObjectEntry, Producer, Source, Waiter } from './object-entry.ts';
export { isObjectRef, ObjectRef, ObjectRefStream } from './object-ref.ts';
export { editDistance } from './options/edit-distance.ts';
export { actorOptions, getActorOptions, killOptions, methodOptions, taskOptions } from './options/index.ts';
export type { Group, GroupsElsewhere } from './placement-groups.ts';
export { type NodeExtension, registerNodePlugin, registerWorkerPlugin, type WorkerExtension } from './plugin.ts';
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
export type { ResourceMap, ResourcePool, ResourceShape } from './resources.ts';
export type { RunTimeStatistics } from './run-time-statistics.ts';
export type { ActorTarget, GetSettings, MethodCall, Runtime } from './runtime.ts';
export { type Job, type RuntimeEnvironment, runtimeEnvironment } from './runtime-environment.ts';
export type { Claim, Scheduler } from './scheduler.ts';
export type { ActorFacts } from './state/actor-facts.ts';
export type { RecentList } from './state/recent-list.ts';
export type { StateRequest, SummaryRequest } from './state/state-questions.ts';
export type { AnyStateTable, Column, StateTable } from './state/state-table.ts';
export type { NodeNews, TaskNewsQuery } from './state/task-news.ts';
export type { Task, TaskRoute } from './task.ts';
export type { TaskList } from './task-list.ts';
export type { CancelSettings } from './task-manager.ts';
export type { TaskQueue } from './task-queue.ts';
export type { TraceEvent } from './timeline.ts';
export { isTracing } from './tracing/open-telemetry.ts';
export type * from './types.ts';
export { Execution, executions } from './worker/execution.ts';
export type { WorkerRuntime } from './worker/worker-runtime.ts';
export type { WorkerThread } from './worker-thread.ts';
