import { fileURLToPath } from 'node:url';
import type { Node } from '@aktis/core';
import type { ControlStore } from '../control-store.ts';
import type { JobRecord } from '../records.ts';
import { JobTable } from './job-table.ts';
import { shellCommand } from './shell-words.ts';

/** Writes down that a driver runs. Returns what says how it has ended: it failed if it could not join. */
export async function recordDriver(
  store: ControlStore,
  node: Node,
  facts: { readonly entry: string | undefined; readonly code: string | undefined },
): Promise<(state: 'SUCCEEDED' | 'FAILED') => Promise<void>> {
  const jobs = new JobTable(store);
  const { AKTIS_JOB_ID: submissionId } = process.env;
  const record: JobRecord = {
    jobId: node.jobId,
    kind: 'driver',
    driverNodeId: node.id,
    driverPid: process.pid,
    namespace: node.options.namespace ?? '',
    state: 'RUNNING',
    entrypoint: shellCommand([scriptOf(facts.entry), ...process.argv.slice(2)]),
    ...(submissionId && { submissionId }),
    ...(facts.code !== undefined && { code: facts.code }),
    startedAt: node.startedAt.toISOString(),
  };
  await jobs.put(record);
  return state => jobs.end(node.jobId, state, state === 'FAILED' ? { message: 'it could not join the cluster' } : {});
}

function scriptOf(entry: string | undefined): string {
  if (entry === undefined) return process.title;
  return entry.startsWith('file:') ? fileURLToPath(entry) : entry;
}
