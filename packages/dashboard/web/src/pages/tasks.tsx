import type { TaskInfo } from '../../../src/api-types.ts';
import { status } from '../data/live.ts';
import { href } from '../route.ts';
import { FilterBar, useListQuery } from '../table/filter-bar.tsx';
import { type Column, RecordTable } from '../table/record-table.tsx';
import { duration } from '../text/times.ts';
import { NodeLink } from '../widgets/links.tsx';
import { Empty } from '../widgets/messages.tsx';
import { Ago } from '../widgets/now.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { State } from '../widgets/state.tsx';

const COLUMNS: readonly Column<TaskInfo>[] = [
  {
    title: 'Task',
    width: 'minmax(90px, 2fr)',
    sort: 'name',
    cell: ({ taskId, attempt, name }) => (
      <a href={href('tasks', taskId, { attempt: String(attempt) })} tabIndex={-1} title={taskId}>
        {name}
      </a>
    ),
  },
  { title: 'State', width: '142px', sort: 'state', cell: ({ state }) => <State state={state} /> },
  {
    title: 'Duration',
    width: '80px',
    sort: 'duration',
    align: 'end',
    cell: task => (task.duration === undefined ? <span class="quiet">–</span> : duration(task.duration)),
  },
  {
    title: 'Submitted',
    width: '92px',
    sort: 'submittedAt',
    align: 'end',
    minor: true,
    cell: ({ submittedAt }) => <Ago time={submittedAt} />,
  },
  { title: 'Node', width: '90px', sort: 'nodeId', minor: true, cell: task => <NodeOf {...task} /> },
  {
    title: 'Attempt',
    width: '64px',
    sort: 'attempt',
    align: 'end',
    minor: true,
    cell: ({ attempt }) => (attempt > 0 ? attempt + 1 : <span class="quiet">1</span>),
  },
  {
    title: 'Error',
    width: 'minmax(120px, 4fr)',
    minor: true,
    cell: ({ error }) => error && <span title={error.message}>{`${error.type}: ${error.message}`}</span>,
  },
];

function NodeOf({ nodeId }: TaskInfo) {
  return nodeId === undefined ? <span class="quiet">–</span> : <NodeLink id={nodeId} />;
}

const STATES = [
  'PENDING_ARGS_AVAIL',
  'PENDING_NODE_ASSIGNMENT',
  'SUBMITTED_TO_WORKER',
  'RUNNING',
  'FINISHED',
  'FAILED',
];

export function TasksPage() {
  const { filters, sort, onSort } = useListQuery('name', '-submittedAt');
  return (
    <PageFrame title="Tasks" fills>
      <FilterBar
        placeholder="Name, or duration>500 attempt>0 nodeId~ab12"
        states={STATES}
        counts={status.value?.tasks}
      />
      <RecordTable
        resource="tasks"
        label="Tasks"
        columns={COLUMNS}
        filters={filters}
        sort={sort}
        onSort={onSort}
        address={({ taskId, attempt }) => href('tasks', taskId, { attempt: String(attempt) })}
        empty={
          filters.length > 0 ? (
            <Empty title="No task matches.">Take something away from the search, or choose all states.</Empty>
          ) : (
            <Empty
              title="No task has run yet."
              code={'const square = remote((x: number) => x * x);\nawait get(square.remote(4));'}
            >
              A task is one execution of a remote function:
            </Empty>
          )
        }
      />
    </PageFrame>
  );
}
