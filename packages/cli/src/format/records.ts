import type { JobRecord } from '@aktis/cluster';
import type { NodeInfo } from '@aktis/core';
import { demand, usage } from './amounts.ts';
import { columns } from './columns.ts';

/** `used`: with what is taken, where that is known. */
export function nodesTable(nodes: readonly NodeInfo[], { used = false } = {}): string {
  return columns(
    ['NODE', 'STATE', 'NAME', 'ADDRESS', 'PID', used ? 'USED' : 'RESOURCES', ''],
    nodes.map(({ nodeId, state, name, address, pid, isHead, kind, resources: { total, available }, deathReason }) => [
      nodeId.slice(0, 12),
      state,
      name,
      address,
      String(pid),
      used && state !== 'DEAD' ? usage(total, available) : demand(total),
      deathReason ?? (isHead ? 'head' : kind === 'driver' ? 'driver' : ''),
    ]),
  );
}

export function jobsTable(jobs: readonly JobRecord[]): string {
  return columns(
    ['JOB', 'STATE', 'KIND', 'STARTED', 'COMMAND', ''],
    jobs.map(({ jobId, state, kind, startedAt, entrypoint, message }) => [
      jobId,
      state,
      kind,
      startedAt,
      entrypoint,
      message ?? '',
    ]),
  );
}
