import type { JobInfo } from '@aktis/core';
import type { JobRecord } from '../records.ts';

/** A job as the state API shows it. */
export function jobInfo(record: JobRecord): JobInfo {
  const { jobId, kind, state, entrypoint, namespace, driverNodeId, startedAt, endedAt, message } = record;
  return {
    jobId,
    type: kind === 'driver' ? 'DRIVER' : 'SUBMISSION',
    state,
    entrypoint,
    namespace,
    driverNodeId,
    ...(record.driverPid !== undefined && { driverPid: record.driverPid }),
    startedAt,
    ...(endedAt !== undefined && { endedAt }),
    ...(message !== undefined && { message }),
  };
}
