import type { WorkerInfo } from '../../../src/api-types.ts';
import type { Filter } from '../data/query.ts';
import { href } from '../route.ts';
import { type Column, RecordTable } from '../table/record-table.tsx';
import { bytes, count, percent } from '../text/numbers.ts';
import { NodeLink } from '../widgets/links.tsx';
import { Empty } from '../widgets/messages.tsx';
import { Meter } from '../widgets/meter.tsx';
import { Ago } from '../widgets/now.tsx';
import { State } from '../widgets/state.tsx';

const COLUMNS: readonly Column<WorkerInfo>[] = [
  {
    title: 'Worker',
    width: 'minmax(84px, 1fr)',
    sort: 'number',
    cell: ({ workerId, number }) => (
      <a href={href('workers', workerId)} tabIndex={-1} title={workerId}>
        worker {number}
      </a>
    ),
  },
  {
    title: 'State',
    width: '118px',
    sort: 'state',
    cell: ({ state, responsive }) =>
      state === 'ALIVE' && !responsive ? (
        <span title="in synchronous code">busy, no answer</span>
      ) : (
        <State state={state} />
      ),
  },
  { title: 'Does', width: '60px', sort: 'kind', minor: true, cell: ({ kind }) => kind.toLowerCase() },
  {
    title: 'Busy',
    width: 'minmax(80px, 1fr)',
    sort: 'eventLoopUtilization',
    cell: ({ eventLoopUtilization: share }) =>
      share === undefined ? (
        <span class="quiet">–</span>
      ) : (
        <Meter used={share} limit={1} text={percent(share * 100)} calm />
      ),
  },
  {
    title: 'Heap',
    width: 'minmax(110px, 1fr)',
    sort: 'heapUsedBytes',
    minor: true,
    cell: ({ heapUsedBytes: used, heapLimitBytes: limit }) =>
      used === undefined ? (
        <span class="quiet">–</span>
      ) : (
        <Meter used={used} limit={limit ?? used} text={bytes(used)} />
      ),
  },
  { title: 'Runs', width: '54px', sort: 'running', align: 'end', cell: ({ running }) => count(running) },
  { title: 'Actors', width: '60px', sort: 'actors', align: 'end', minor: true, cell: ({ actors }) => count(actors) },
  {
    title: 'Started',
    width: '92px',
    sort: 'startedAt',
    align: 'end',
    minor: true,
    cell: ({ startedAt }) => <Ago time={startedAt} />,
  },
  {
    title: 'Ended because',
    width: 'minmax(90px, 1.5fr)',
    minor: true,
    cell: ({ exitReason }) => <span title={exitReason}>{exitReason}</span>,
  },
  {
    title: 'Node',
    width: 'minmax(80px, 130px)',
    sort: 'nodeId',
    minor: true,
    cell: ({ nodeId }) => <NodeLink id={nodeId} />,
  },
];

const OF_ONE_NODE = COLUMNS.filter(({ title }) => title !== 'Node');

export function WorkersTable(props: {
  filters: readonly Filter[];
  sort: string;
  onSort: (sort: string) => void;
  ofOneNode?: boolean;
}) {
  const { filters, sort, onSort, ofOneNode = false } = props;
  return (
    <RecordTable
      resource="workers"
      label="Workers"
      columns={ofOneNode ? OF_ONE_NODE : COLUMNS}
      filters={filters}
      sort={sort}
      onSort={onSort}
      address={({ workerId }) => href('workers', workerId)}
      empty={<Empty title="No worker here.">Workers start with the first task or actor that needs them.</Empty>}
    />
  );
}
