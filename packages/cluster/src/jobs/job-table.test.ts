import { createHash } from 'node:crypto';
import { MemoryControlStore } from '../memory/memory-control-store.ts';
import type { JobRecord } from '../records.ts';
import { JobTable } from './job-table.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

test('of the jobs that have ended the last 200 are remembered, and their programs with them', async () => {
  const store = new MemoryControlStore();
  const jobs = new JobTable(store);
  const job = (i: number, code: string, state: JobRecord['state'] = 'SUCCEEDED'): JobRecord => ({
    jobId: `job-${i}`,
    kind: 'driver',
    driverNodeId: 'driver',
    namespace: '',
    state,
    entrypoint: '',
    code: hashOf(code),
    startedAt: new Date(i * 1_000).toISOString(),
  });
  for (const program of ['old', 'kept', 'lives', 'shared', 'new'])
    await store.blobs.put(hashOf(program), Buffer.from(program));
  await jobs.put(job(0, 'lives', 'RUNNING'));
  await jobs.put(job(1, 'old'));
  await jobs.put(job(2, 'kept'));
  await jobs.put(job(3, 'shared'));
  for (let i = 4; i < 203; i++) await jobs.put(job(i, 'new'));
  await jobs.put(job(203, 'shared'));
  // A detached actor that the third one left.
  await store.table('actors').put('name..stays', JSON.stringify({ spec: JSON.stringify({ job: hashOf('kept') }) }));
  await jobs.prune();
  const left = await jobs.list();
  expect(left).toHaveLength(201);
  expect(left.map(({ jobId }) => jobId)).toEqual(expect.arrayContaining(['job-0', 'job-4', 'job-203']));
  expect(new Set(await store.blobs.list())).toEqual(new Set(['kept', 'lives', 'shared', 'new'].map(hashOf)));
});
