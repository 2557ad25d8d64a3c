import type { ActorInfo } from '../../../src/api-types.ts';
import { status } from '../data/live.ts';
import { href } from '../route.ts';
import { FilterBar, useListQuery } from '../table/filter-bar.tsx';
import { type Column, RecordTable } from '../table/record-table.tsx';
import { count, figure } from '../text/numbers.ts';
import { shortId } from '../text/resources.ts';
import { duration } from '../text/times.ts';
import { NodeLink } from '../widgets/links.tsx';
import { Empty } from '../widgets/messages.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { State } from '../widgets/state.tsx';

const COLUMNS: readonly Column<ActorInfo>[] = [
  {
    title: 'Actor',
    width: 'minmax(130px, 2fr)',
    sort: 'className',
    cell: ({ actorId, className, name }) => (
      <>
        <a href={href('actors', actorId)} tabIndex={-1} title={actorId}>
          {className}
        </a>{' '}
        <span class={name === undefined ? 'quiet mono' : 'quiet'}>{name ?? shortId(actorId)}</span>
      </>
    ),
  },
  { title: 'State', width: '96px', sort: 'state', cell: ({ state }) => <State state={state} /> },
  {
    title: 'Mailbox',
    width: '72px',
    sort: 'pendingCalls',
    align: 'end',
    cell: ({ pendingCalls }) => count(pendingCalls),
  },
  {
    title: 'Calls/s',
    width: '64px',
    sort: 'callsPerSecond',
    align: 'end',
    minor: true,
    cell: ({ callsPerSecond }) => figure(callsPerSecond),
  },
  {
    title: 'Mean call',
    width: '84px',
    sort: 'meanCallDuration',
    align: 'end',
    minor: true,
    cell: ({ meanCallDuration: mean }) => (mean === undefined ? <span class="quiet">–</span> : duration(mean)),
  },
  { title: 'Calls', width: '76px', sort: 'callsDone', align: 'end', minor: true, cell: a => count(a.callsDone) },
  {
    title: 'Restarts',
    width: '68px',
    sort: 'restarts',
    align: 'end',
    minor: true,
    cell: ({ restarts }) => (restarts > 0 ? count(restarts) : <span class="quiet">0</span>),
  },
  {
    title: 'Node',
    width: 'minmax(80px, 130px)',
    sort: 'nodeId',
    minor: true,
    cell: ({ nodeId }) => (nodeId === undefined ? <span class="quiet">–</span> : <NodeLink id={nodeId} />),
  },
  {
    title: 'Died because',
    width: 'minmax(100px, 1.5fr)',
    minor: true,
    cell: ({ deathCause }) => deathCause && <span title={deathCause.message}>{deathCause.message}</span>,
  },
];

export function ActorsPage() {
  const { filters, sort, onSort } = useListQuery('className', '-pendingCalls');
  return (
    <PageFrame title="Actors" fills>
      <FilterBar
        placeholder="Class, or name~… pendingCalls>100"
        states={['DEPENDENCIES_UNREADY', 'PENDING_CREATION', 'ALIVE', 'RESTARTING', 'DEAD']}
        counts={status.value?.actors}
      />
      <RecordTable
        resource="actors"
        label="Actors"
        columns={COLUMNS}
        filters={filters}
        sort={sort}
        onSort={onSort}
        address={({ actorId }) => href('actors', actorId)}
        empty={
          filters.length > 0 ? (
            <Empty title="No actor matches.">Take something away from the search, or choose all states.</Empty>
          ) : (
            <Empty
              title="There are no actors."
              code={'@remote()\nclass Counter { … }\n\nconst counter = Counter.remote();'}
            >
              An actor is one instance of a remote class, living in a worker:
            </Empty>
          )
        }
      />
    </PageFrame>
  );
}
