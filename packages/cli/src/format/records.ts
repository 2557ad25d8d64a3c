import type { JobRecord } from '@aktis/cluster';
import type { NodeInfo } from '@aktis/core';
import { demand, usage } from './amounts.ts';
import { columns } from './columns.ts';

/** `used`: with what is taken, where that is known. */
export function nodesTable(nodes: readonly NodeInfo[], { used = false } = {}): string {
  return columns(
    ['NODE', 'STATE', 'NAME', 'ADDRESS', 'PID', used ? 'USED' : 'RESOURCES', ''],
    nodes.map(({ nodeId, state, name, address, pid, resources: { total, available }, ...more }) => [
      nodeId.slice(0, 12),
      state,
      name,
      address,
      String(pid),
      used && state !== 'DEAD' ? usage(total, available) : demand(total),
      remark(state, more),
    ]),
  );
}

function remark(
  state: NodeInfo['state'],
  { deathReason, drain, isHead, kind }: Pick<NodeInfo, 'deathReason' | 'drain' | 'isHead' | 'kind'>,
): string {
  if (deathReason !== undefined) return deathReason;
  const role = isHead ? 'head' : kind === 'driver' ? 'driver' : '';
  if (state !== 'DRAINING' || drain === undefined) return role;
  return `${role === '' ? '' : `${role}; `}leaves by ${drain.deadline}: ${drain.reason}`;
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
