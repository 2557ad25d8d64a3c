import type { StateAnswer, TaskInfo } from '../../../src/api-types.ts';
import { equals, queryText } from '../data/query.ts';
import { useAnswer } from '../data/use-answer.ts';
import { LogPanel } from '../logs/log-panel.tsx';
import { href, replaceQuery, route } from '../route.ts';
import { bytes } from '../text/numbers.ts';
import { resourceText } from '../text/resources.ts';
import { stateName, toneOf } from '../text/states.ts';
import { clockMs, duration } from '../text/times.ts';
import { TaskTree } from '../tree/task-tree.tsx';
import { ErrorBlock } from '../widgets/error-block.tsx';
import { Facts } from '../widgets/facts.tsx';
import { NotThere } from '../widgets/gone.tsx';
import { IdLink, NodeLink } from '../widgets/links.tsx';
import { Notice } from '../widgets/messages.tsx';
import { now } from '../widgets/now.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { Panel } from '../widgets/panel.tsx';
import { Segments } from '../widgets/segments.tsx';
import { State } from '../widgets/state.tsx';

const TYPES = {
  NORMAL_TASK: 'function',
  ACTOR_CREATION_TASK: 'construction of an actor',
  ACTOR_TASK: 'call of an actor',
};

export function TaskPage({ id }: { id: string }) {
  // Every attempt is a record of its own.
  const query = queryText({ filters: [equals('taskId', id)], sort: 'attempt' });
  const known = useAnswer<StateAnswer<TaskInfo>>(`v0/tasks${query}&detail=1`, 2000);
  const attempts = known.answer?.items ?? [];
  const wanted = Number(route.value.query.get('attempt') ?? Number.NaN);
  const task = attempts.find(({ attempt }) => attempt === wanted) ?? attempts.at(-1);
  return (
    <PageFrame
      title={task?.name ?? 'Task'}
      crumb={<a href={href('tasks')}>Tasks</a>}
      beside={task && <State state={task.state} />}
      controls={
        task && (
          <>
            {attempts.length > 1 && (
              <Segments
                label="Attempt"
                choices={attempts.map(({ attempt }) => String(attempt))}
                chosen={String(task.attempt)}
                name={attempt => `Attempt ${Number(attempt) + 1}`}
                onChoose={attempt => replaceQuery({ attempt })}
              />
            )}
            <a class="button" href={href('timeline', undefined, { q: task.name })}>
              In the timeline
            </a>
          </>
        )
      }
    >
      {task === undefined ? (
        <NotThere what="task" id={id} known={{ ...known, isMissing: known.answer !== undefined }} />
      ) : (
        <Story task={task} />
      )}
    </PageFrame>
  );
}

function Story({ task }: { task: TaskInfo }) {
  return (
    <div class="stack">
      {task.reason && (
        <Notice title="Not ended yet:" isCalm>
          {task.reason}
        </Notice>
      )}
      {task.error && (
        <Panel title="Error" flush>
          <ErrorBlock error={task.error} />
        </Panel>
      )}
      <div class="wide-left">
        <div class="stack">
          <Panel title="What happened when">
            <States task={task} />
          </Panel>
          <Panel title="Tasks it submitted" flush>
            <TaskTree filters={[equals('parentTaskId', task.taskId)]} empty="It submitted no tasks." />
          </Panel>
        </div>
        <Panel title="About">
          <Facts
            facts={[
              ['Kind', TYPES[task.type]],
              ['Function', task.functionName === task.name ? undefined : task.functionName],
              ['Attempt', task.attempt > 0 ? `${task.attempt + 1}, after ${task.attempt} that failed` : 'first'],
              ['Duration', task.duration === undefined ? undefined : duration(task.duration)],
              ['Arguments', task.argumentBytes === undefined ? undefined : `${bytes(task.argumentBytes)} without refs`],
              ['Needs', resourceText(task.requiredResources)],
              ['Node', task.nodeId && <NodeLink id={task.nodeId} />],
              ['Worker', task.workerId && <IdLink page="workers" id={task.workerId} />],
              ['Actor', task.actorId && <IdLink page="actors" id={task.actorId} />],
              ['Submitted by', task.parentTaskId ? <IdLink page="tasks" id={task.parentTaskId} /> : 'the driver'],
              ['Job', <IdLink key="job" page="jobs" id={task.jobId} />],
              ['Id', <code key="id">{task.taskId}</code>],
            ]}
          />
        </Panel>
      </div>
      <LogPanel source={{ taskId: task.taskId }} empty="This task printed nothing." />
    </div>
  );
}

/** Each state with the part of the whole time that it took. */
function States({ task }: { task: TaskInfo }) {
  const states = statesOf(task);
  const first = new Date(task.submittedAt).getTime();
  const end = task.endedAt === undefined ? now.value : new Date(task.endedAt).getTime();
  const whole = Math.max(1, end - first);
  return (
    <ol class="story number">
      {states.map(({ state, at }, index) => {
        const from = new Date(at).getTime();
        const next = states[index + 1];
        const until = next === undefined ? end : new Date(next.at).getTime();
        const isLast = next === undefined && task.endedAt !== undefined;
        return (
          <li key={`${state} ${at}`} style={{ display: 'contents' }}>
            <State state={state} />
            <span class="span" aria-hidden="true">
              <i
                data-tone={toneOf(state)}
                title={stateName(state)}
                style={{
                  left: `min(${((from - first) / whole) * 100}%, 100% - 3px)`,
                  width: `${((until - from) / whole) * 100}%`,
                }}
              />
            </span>
            <span style={{ textAlign: 'right' }}>{isLast ? '' : duration(until - from)}</span>
            <time class="quiet at" dateTime={at}>
              {clockMs(at)}
            </time>
          </li>
        );
      })}
    </ol>
  );
}

/** When it entered which state, as far as the record tells. */
function statesOf({ state, submittedAt, argsReadyAt, startedAt, endedAt }: TaskInfo): { state: string; at: string }[] {
  // Without refs among its arguments there is nothing to wait for.
  const waited = argsReadyAt !== undefined || state === 'PENDING_ARGS_AVAIL';
  const known = [
    { state: waited ? 'PENDING_ARGS_AVAIL' : 'PENDING_NODE_ASSIGNMENT', at: submittedAt },
    { state: 'PENDING_NODE_ASSIGNMENT', at: argsReadyAt },
    { state: 'RUNNING', at: startedAt },
    { state, at: endedAt },
  ];
  return known.filter((one): one is { state: string; at: string } => one.at !== undefined);
}
