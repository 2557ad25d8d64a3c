import type { NodeStateInfo, NodeUsage } from '../../../src/api-types.ts';
import { status } from '../data/live.ts';
import { href, replaceQuery, route } from '../route.ts';
import { FilterBar, useListQuery } from '../table/filter-bar.tsx';
import { type Column, RecordTable } from '../table/record-table.tsx';
import { bytes, coreFigure, count, figure } from '../text/numbers.ts';
import { duration } from '../text/times.ts';
import { Empty } from '../widgets/messages.tsx';
import { Meter } from '../widgets/meter.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { Segments } from '../widgets/segments.tsx';
import { State } from '../widgets/state.tsx';
import { WorkersTable } from './workers-table.tsx';

function usageColumn(title: string, width: number, text: (usage: NodeUsage) => string): Column<NodeStateInfo> {
  return { title, width: `${width}px`, align: 'end', minor: true, cell: ({ usage }) => (usage ? text(usage) : '–') };
}

const COLUMNS: readonly Column<NodeStateInfo>[] = [
  {
    title: 'Node',
    width: 'minmax(120px, 1.5fr)',
    sort: 'name',
    cell: ({ nodeId, name, isHead, kind }) => (
      <>
        <a href={href('nodes', nodeId)} tabIndex={-1} title={nodeId}>
          {name}
        </a>{' '}
        <span class="quiet">{kind === 'driver' ? 'driver' : isHead ? 'head' : ''}</span>
      </>
    ),
  },
  { title: 'State', width: '96px', sort: 'state', cell: ({ state }) => <State state={state} /> },
  {
    title: 'CPU',
    width: 'minmax(120px, 1fr)',
    cell: ({ usage, resources }) =>
      usage && (
        <Meter
          used={usage.cpuPercent}
          limit={100 * (resources.total.CPU || 1)}
          text={`${coreFigure(usage.cpuPercent)} cores`}
          calm
        />
      ),
  },
  {
    title: 'Memory',
    width: 'minmax(110px, 1fr)',
    minor: true,
    cell: ({ usage }) =>
      usage && <Meter used={usage.memoryBytes} limit={usage.machineMemoryBytes} text={bytes(usage.memoryBytes)} />,
  },
  {
    title: 'Objects',
    width: 'minmax(110px, 1fr)',
    minor: true,
    cell: ({ usage }) =>
      usage && (
        <Meter
          used={usage.objectStore.usedBytes}
          limit={usage.objectStore.limitBytes}
          text={bytes(usage.objectStore.usedBytes)}
        />
      ),
  },
  {
    title: 'CPUs taken',
    width: '84px',
    align: 'end',
    minor: true,
    cell: ({ state, resources: { total, available } }) =>
      state === 'DEAD' ? '–' : `${figure((total.CPU ?? 0) - (available.CPU ?? 0))} of ${figure(total.CPU ?? 0)}`,
  },
  usageColumn('Loop delay', 76, ({ eventLoopDelay }) => duration(eventLoopDelay)),
  usageColumn('Heap', 76, ({ heapUsedBytes }) => bytes(heapUsedBytes)),
  usageColumn('Workers', 62, ({ workers }) => count(workers)),
  usageColumn('Actors', 62, ({ actors }) => count(actors)),
  usageColumn('Running', 62, ({ tasks }) => count(tasks.running)),
];

export function NodesPage() {
  const shown = route.value.query.get('show') === 'workers' ? 'workers' : 'nodes';
  return (
    <PageFrame
      title="Nodes and workers"
      fills
      controls={
        <Segments
          label="Show"
          choices={['nodes', 'workers']}
          chosen={shown}
          onChoose={show => replaceQuery({ show, sort: undefined, state: undefined, q: undefined })}
        />
      }
    >
      {shown === 'nodes' ? <NodesTable /> : <Workers />}
    </PageFrame>
  );
}

function NodesTable() {
  const { filters, sort, onSort } = useListQuery('name', 'state');
  const counts: Record<string, number> = {};
  for (const { state } of status.value?.nodes ?? []) counts[state] = (counts[state] ?? 0) + 1;
  return (
    <>
      <FilterBar placeholder="Name" states={['ALIVE', 'DRAINING', 'DEAD']} counts={counts} />
      <RecordTable
        resource="nodes"
        label="Nodes"
        columns={COLUMNS}
        filters={filters}
        sort={sort}
        onSort={onSort}
        address={({ nodeId }) => href('nodes', nodeId)}
        empty={
          <Empty title="No node matches." code="npx aktis start --address HOST:6379">
            Another machine joins with:
          </Empty>
        }
      />
    </>
  );
}

function Workers() {
  const { filters, sort, onSort } = useListQuery('workerId', '-running');
  return (
    <>
      <FilterBar placeholder="Id, or kind=ACTOR responsive=false" states={['STARTING', 'ALIVE', 'DEAD']} />
      <WorkersTable filters={filters} sort={sort} onSort={onSort} />
    </>
  );
}
