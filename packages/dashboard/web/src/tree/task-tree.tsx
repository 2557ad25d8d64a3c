import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { StateAnswer, TaskGroup, TaskInfo, TaskSummary } from '../../../src/api-types.ts';
import { equals, type Filter, queryText } from '../data/query.ts';
import { useAnswer } from '../data/use-answer.ts';
import { href } from '../route.ts';
import { count, countOf } from '../text/numbers.ts';
import { shortId } from '../text/resources.ts';
import { duration } from '../text/times.ts';
import { Failure } from '../widgets/messages.tsx';
import { CountsBar, CountsKey, State } from '../widgets/state.tsx';

/** How many tasks of one group are listed; the link to the table leads to the others. */
const LISTED = 50;
const INDENT = 22;
const REFRESH_EVERY = 3000;

/**
 * Who submitted what: tasks of one parent are one line per function, which opens to its tasks, the longest first, which
 * open to what they submitted in turn. So a million tasks are a few lines.
 */
export function TaskTree({ filters, empty }: { filters: readonly Filter[]; empty: string }) {
  return (
    <ul class="tree">
      <Groups filters={filters} depth={0} empty={empty} />
    </ul>
  );
}

function Groups({ filters, depth, empty }: { filters: readonly Filter[]; depth: number; empty: string }) {
  const { answer, failure } = useAnswer<TaskSummary>(`v0/summary/tasks${queryText({ filters })}`, REFRESH_EVERY);
  if (failure !== undefined && answer === undefined) return <Failure>{failure}</Failure>;
  if (answer === undefined) return <Text depth={depth}>Loading…</Text>;
  if (answer.groups.length === 0) return <Text depth={depth}>{empty}</Text>;
  return (
    <>
      {answer.groups.map(group => (
        <Group key={group.name} group={group} filters={filters} depth={depth} />
      ))}
    </>
  );
}

function Group({ group, filters, depth }: { group: TaskGroup; filters: readonly Filter[]; depth: number }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <div class="line">
        <span class="name" style={{ paddingLeft: `${depth * INDENT}px` }}>
          <Twist name={group.name} isOpen={isOpen} onToggle={setOpen} />
          <span>{group.name}</span>
          <span class="quiet number">× {count(group.total)}</span>
        </span>
        <CountsBar counts={group.states} />
        <CountsKey counts={group.states} />
      </div>
      {isOpen && (
        <ul>
          <Members filters={[...filters, equals('name', group.name)]} count={group.total} depth={depth + 1} />
        </ul>
      )}
    </li>
  );
}

function Members({ filters, count: all, depth }: { filters: readonly Filter[]; count: number; depth: number }) {
  const query = queryText({ filters, sort: '-duration', limit: LISTED });
  const { answer, failure } = useAnswer<StateAnswer<TaskInfo>>(`v0/tasks${query}`, REFRESH_EVERY);
  if (answer === undefined) return failure ? <Failure>{failure}</Failure> : <Text depth={depth}>Loading…</Text>;
  const search = filters.map(({ key, operator, value }) => `${key}${operator}${value}`).join(' ');
  return (
    <>
      {answer.items.map(task => (
        <Member key={`${task.taskId} ${task.attempt}`} task={task} depth={depth} />
      ))}
      {all > LISTED && (
        <Text depth={depth}>
          <a href={href('tasks', undefined, { q: search, sort: '-duration' })}>
            {countOf(all - LISTED, 'more task')}, in the table
          </a>
        </Text>
      )}
    </>
  );
}

function Member({ task, depth }: { task: TaskInfo; depth: number }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <li>
      <div class="line">
        <span class="name" style={{ paddingLeft: `${depth * INDENT}px` }}>
          <Twist name={task.taskId} isOpen={isOpen} onToggle={setOpen} />
          <a class="mono" href={href('tasks', task.taskId)} title={task.taskId}>
            {shortId(task.taskId)}
          </a>
        </span>
        <span class="number">{task.duration === undefined ? '–' : duration(task.duration)}</span>
        <span>
          <State state={task.state} /> {task.error && <span class="quiet">{task.error.message}</span>}
        </span>
      </div>
      {isOpen && (
        <ul>
          <Groups filters={[equals('parentTaskId', task.taskId)]} depth={depth + 1} empty="It submitted no tasks." />
        </ul>
      )}
    </li>
  );
}

function Twist(props: { name: string; isOpen: boolean; onToggle: (isOpen: boolean) => void }) {
  return (
    <button
      type="button"
      class="plain twist"
      aria-expanded={props.isOpen}
      aria-label={`${props.isOpen ? 'Close' : 'Open'} ${props.name}`}
      onClick={() => props.onToggle(!props.isOpen)}
    >
      <span aria-hidden="true">{props.isOpen ? '▾' : '▸'}</span>
    </button>
  );
}

function Text({ depth, children }: { depth: number; children: ComponentChildren }) {
  return (
    <li class="quiet" style={{ padding: `5px 14px 9px ${14 + depth * INDENT}px` }}>
      {children}
    </li>
  );
}
