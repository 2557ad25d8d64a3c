export { type ClusterAccess, findAccess, openStore, ownAddress, type Wanted } from './cluster-access.ts';
export { ClusterNode } from './cluster-node.ts';
export type { ClusterNodeOptions } from './cluster-node-options.ts';
export { connector } from './connector.ts';
export type * from './control-store.ts';
export { NobodyThereError } from './control-store-errors.ts';
export { InvalidControlValueError, maxKeyBytes, maxValueBytes } from './control-store-limits.ts';
export { Daemon } from './daemon/daemon.ts';
export { endOnSignals } from './daemon/end-on-signals.ts';
export {
  type DashboardSettings,
  dashboardLink,
  type HeadDashboard,
  type HeadSource,
  type OpenHeadDashboard,
} from './daemon/head-dashboard.ts';
export { launchDaemon } from './daemon/launch-daemon.ts';
export type { DaemonFacts, DaemonSettings, ServerRole } from './daemon/settings.ts';
export { type StoppedSession, stopSessions } from './daemon/stop-sessions.ts';
export { askToDrain, type DrainRequest, nodeGone } from './drain/drain-request.ts';
export { jobInfo } from './jobs/job-info.ts';
export { hasEnded, JobTable } from './jobs/job-table.ts';
export type { Programs } from './jobs/jobs-of-peers.ts';
export { type PackedDirectory, packDirectory } from './jobs/packages/pack-directory.ts';
export { InvalidPackageError, MAX_PACKAGE_BYTES, PackageTooLargeError } from './jobs/packages/package-errors.ts';
export { shellWord } from './jobs/shell-words.ts';
export type { SubmissionRequest } from './jobs/submission.ts';
export type { OutputRequest, OutputSlice, SubmissionService } from './jobs/submission-service.ts';
export * from './membership/index.ts';
export { MemoryControlStore, type MemoryControlStoreOptions } from './memory/memory-control-store.ts';
export { parseNatsAddress, usualNatsPort } from './nats/nats-address.ts';
export { NatsControlStore, type NatsControlStoreOptions } from './nats/nats-control-store.ts';
export { NatsServer, type NatsServerOptions } from './nats/nats-server.ts';
export { NatsServerError } from './nats/server-failure.ts';
export { serverGroup } from './nats/server-group.ts';
export { askCluster } from './questions/ask-cluster.ts';
export type * from './records.ts';
export { makeCertificate } from './session/certificate.ts';
export {
  caFile,
  livingSessions,
  type NatsLogin,
  newToken,
  readToken,
  type SessionRecord,
  sessionDirectory,
  tokenFile,
} from './session/sessions.ts';
export { type ClusterStatus, clusterStatus, listActors, listNodes } from './status/cluster-status.ts';
export type { PendingWork } from './status/node-report.ts';
