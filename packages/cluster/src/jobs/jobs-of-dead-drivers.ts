import type { ControlStore } from '../control-store.ts';
import type { Membership } from '../membership/index.ts';
import { hasEnded, JobTable } from './job-table.ts';

/** Writes down, from now on, that jobs have ended whose drivers died. Those that end properly say so themselves. */
export async function endJobsOfDeadDrivers(store: ControlStore, membership: Membership): Promise<void> {
  const jobs = new JobTable(store);
  membership.on({
    died({ kind, jobId, deathReason = 'unknown' }) {
      if (kind !== 'driver' || jobId === undefined) return;
      jobs
        .end(jobId, 'FAILED', { message: `its driver died: ${deathReason}` })
        .then(() => jobs.prune())
        .catch(() => {});
    },
  });
  // While there was no head, nobody wrote it down.
  for (const job of await jobs.list()) {
    if (job.kind !== 'driver' || hasEnded(job) || membership.get(job.driverNodeId) !== undefined) continue;
    await jobs.end(job.jobId, 'FAILED', { message: 'its driver died while the cluster had no head' });
  }
}
