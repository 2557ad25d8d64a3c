import type { ObjectInfo, ObjectReferenceKind } from '../../../src/api-types.ts';
import { status } from '../data/live.ts';
import { href } from '../route.ts';
import { SearchBox, useListQuery } from '../table/filter-bar.tsx';
import { type Column, RecordTable } from '../table/record-table.tsx';
import { bytes, countOf } from '../text/numbers.ts';
import { shortId } from '../text/resources.ts';
import { NodeLink } from '../widgets/links.tsx';
import { Empty } from '../widgets/messages.tsx';
import { Meter } from '../widgets/meter.tsx';
import { Ago } from '../widgets/now.tsx';
import { PageFrame } from '../widgets/page.tsx';

const COLUMNS: readonly Column<ObjectInfo>[] = [
  {
    title: 'Object',
    width: '104px',
    cell: ({ objectId }) => (
      <a class="mono" href={href('objects', objectId)} tabIndex={-1} title={objectId}>
        {shortId(objectId)}
      </a>
    ),
  },
  { title: 'Size', width: '84px', sort: 'sizeBytes', align: 'end', cell: ({ sizeBytes }) => bytes(sizeBytes) },
  {
    title: 'Made by',
    width: 'minmax(110px, 1.5fr)',
    sort: 'creator',
    cell: ({ kind, creator }) => (kind === 'PUT' ? <span class="quiet">{creator}</span> : creator),
  },
  {
    title: 'Where',
    width: '96px',
    sort: 'location',
    minor: true,
    cell: ({ location }) => (location === 'SPILLED' ? 'on disk' : 'in memory'),
  },
  {
    title: 'Kept by',
    width: 'minmax(140px, 2fr)',
    minor: true,
    cell: ({ referencedBy }) => referencedBy.map(kind => KEEPERS[kind]).join(', '),
  },
  {
    title: 'Owner',
    width: 'minmax(80px, 130px)',
    sort: 'nodeId',
    minor: true,
    cell: ({ nodeId }) => <NodeLink id={nodeId} />,
  },
  {
    title: 'Created',
    width: '92px',
    sort: 'createdAt',
    align: 'end',
    minor: true,
    cell: ({ createdAt }) => <Ago time={createdAt} />,
  },
];

/** Who has a reference. */
const KEEPERS: Readonly<Record<ObjectReferenceKind, string>> = {
  DRIVER: 'driver',
  WORKER: 'worker',
  TASK_ARGUMENT: 'argument of a task',
  OBJECT: 'another object',
  ACTOR: 'constructor arguments of actors',
  NODE: 'another node',
};

export function ObjectsPage() {
  const { filters, sort, onSort } = useListQuery('creator', '-sizeBytes');
  const store = status.value?.store;
  return (
    <PageFrame
      title="Objects"
      fills
      beside={
        store && (
          <span style={{ flex: '0 1 420px' }}>
            <Meter
              used={store.usedBytes}
              limit={store.limitBytes}
              text={`${bytes(store.usedBytes)} of ${bytes(store.limitBytes)}, ${bytes(store.spilledBytes)} spilled to disk`}
            />
          </span>
        )
      }
    >
      <div class="filters">
        <SearchBox placeholder="Made by, or sizeBytes>1000000 location=SPILLED" />
        {store && <span class="quiet number">{countOf(store.objects, 'object')}; here those of 1 KiB and more</span>}
      </div>
      <RecordTable
        resource="objects"
        label="Objects"
        columns={COLUMNS}
        filters={filters}
        sort={sort}
        onSort={onSort}
        address={({ objectId }) => href('objects', objectId)}
        empty={
          filters.length > 0 ? (
            <Empty title="No object matches.">Take something away from the search.</Empty>
          ) : (
            <Empty title="There are no objects." code="const ref = await put(new Float64Array(1_000_000));">
              An object is a value that a ref names: what <code>put</code> stored, or the result of a task.
            </Empty>
          )
        }
      />
    </PageFrame>
  );
}
