import type { JobInfo } from '../../../src/api-types.ts';
import { status } from '../data/live.ts';
import { endOfPast } from '../data/past.ts';
import { href } from '../route.ts';
import { FilterBar, useListQuery } from '../table/filter-bar.tsx';
import { type Column, RecordTable } from '../table/record-table.tsx';
import { shortId } from '../text/resources.ts';
import { duration } from '../text/times.ts';
import { Empty } from '../widgets/messages.tsx';
import { Ago, now } from '../widgets/now.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { State } from '../widgets/state.tsx';
import { SubmitButton } from './submit-job.tsx';

const COLUMNS: readonly Column<JobInfo>[] = [
  {
    title: 'Job',
    width: '104px',
    cell: ({ jobId }) => (
      <a class="mono" href={href('jobs', jobId)} tabIndex={-1}>
        {shortId(jobId)}
      </a>
    ),
  },
  {
    title: 'Entry point',
    width: 'minmax(140px, 3fr)',
    sort: 'entrypoint',
    cell: ({ entrypoint }) => <span class="mono">{entrypoint}</span>,
  },
  { title: 'State', width: '110px', sort: 'state', cell: ({ state }) => <State state={state} /> },
  {
    title: 'Started',
    width: '92px',
    sort: 'startedAt',
    align: 'end',
    minor: true,
    cell: ({ startedAt }) => <Ago time={startedAt} />,
  },
  { title: 'Took', width: '100px', align: 'end', minor: true, cell: job => duration(tookOf(job)) },
  { title: 'Message', width: 'minmax(80px, 2fr)', minor: true, cell: ({ message }) => message },
];

export function tookOf({ startedAt, endedAt }: JobInfo): number {
  return (
    (endedAt === undefined ? (endOfPast.value ?? now.value) : new Date(endedAt).getTime()) -
    new Date(startedAt).getTime()
  );
}

export function JobsPage() {
  const { filters, sort, onSort } = useListQuery('entrypoint', '-startedAt');
  return (
    <PageFrame title="Jobs" fills controls={status.value?.acceptsJobs && <SubmitButton />}>
      <FilterBar
        placeholder="Entry point"
        states={['RUNNING', 'PENDING', 'SUCCEEDED', 'FAILED', 'STOPPED']}
        counts={status.value?.jobs}
      />
      <RecordTable
        resource="jobs"
        label="Jobs"
        columns={COLUMNS}
        filters={filters}
        sort={sort}
        onSort={onSort}
        address={({ jobId }) => href('jobs', jobId)}
        empty={
          <Empty title="No job here." code="npx aktis submit -- node train.ts">
            A job is everything one program started. Run one on this cluster:
          </Empty>
        }
      />
    </PageFrame>
  );
}
