import type { History, PendingDemand, Status } from '../../../src/api-types.ts';
import { Chart, type Line } from '../charts/chart.tsx';
import { valuesOf } from '../data/history.ts';
import { errors, status } from '../data/live.ts';
import { endOfPast } from '../data/past.ts';
import { useHistory } from '../data/use-history.ts';
import { href } from '../route.ts';
import { bytes, coreFigure, count, figure } from '../text/numbers.ts';
import { amountText, resourceText } from '../text/resources.ts';
import { stateName, toneOf } from '../text/states.ts';
import { duration } from '../text/times.ts';
import { Figures } from '../widgets/figures.tsx';
import { nodeName } from '../widgets/links.tsx';
import { Empty, Failure } from '../widgets/messages.tsx';
import { Ago, now } from '../widgets/now.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { Panel } from '../widgets/panel.tsx';
import { currentRange, RangeChoice } from '../widgets/range-choice.tsx';

export function OverviewPage() {
  const known = status.value;
  const { history, failure } = useHistory('history', currentRange());
  return (
    <PageFrame
      title="Overview"
      beside={
        known && (
          <span class="quiet">up {duration((endOfPast.value ?? now.value) - new Date(known.startedAt).getTime())}</span>
        )
      }
      controls={<RangeChoice />}
    >
      {known && <StatusFigures status={known} history={history} />}
      {failure && <Failure>{failure}</Failure>}
      <Charts history={history} />
      <div class="grid">
        <Waiting status={known} />
        <RecentErrors />
      </div>
    </PageFrame>
  );
}

function StatusFigures({ status, history }: { status: Status; history: History | undefined }) {
  const { total, available } = status.resources;
  const { store, tasks, actors } = status;
  const used = (name: string) => (total[name] ?? 0) - (available[name] ?? 0);
  const others = Object.keys(total).filter(name => name !== 'CPU' && name !== 'memory');
  const waiting = Object.entries(tasks).reduce((all, [state, one]) => all + (toneOf(state) === 'waiting' ? one : 0), 0);
  const perSecond = valuesOf(history, 'tasks_finished_per_second')?.at(-1);
  return (
    <Figures
      figures={[
        ['CPUs in use', figure(used('CPU')), `of ${figure(total.CPU ?? 0)}`],
        ...others.map((name): [string, string, string] => [
          `${name} in use`,
          amountText(name, used(name)),
          `of ${amountText(name, total[name] ?? 0)}`,
        ]),
        ['Tasks running', count(tasks.RUNNING ?? 0)],
        ['Tasks waiting', count(waiting)],
        ['Finished/s', typeof perSecond === 'number' ? figure(perSecond) : '–'],
        [
          'Tasks failed',
          tasks.FAILED ? (
            <a class="bad" href={href('tasks', undefined, { state: 'FAILED' })}>
              {count(tasks.FAILED)}
            </a>
          ) : (
            '0'
          ),
        ],
        ['Actors alive', count(actors.ALIVE ?? 0)],
        ['Objects', bytes(store.usedBytes), `of ${bytes(store.limitBytes)}`],
      ]}
    />
  );
}

const STATE_COLOURS: Readonly<Record<string, string>> = {
  RUNNING: '--accent-fill',
  SUBMITTED_TO_WORKER: '--wait-fill',
  PENDING_NODE_ASSIGNMENT: '--wait-2',
  PENDING_ARGS_AVAIL: '--wait-3',
};

function Charts({ history }: { history: History | undefined }) {
  const times = history?.times ?? [];
  const byNode = (name: string): Line[] =>
    (history?.series ?? [])
      .filter(series => series.name === name)
      .map(({ labels, values }) => ({ name: nodeName(labels.nodeId ?? ''), values }));
  const single = (name: string, title: string, colour: string): Line => ({
    name: title,
    values: valuesOf(history, name) ?? times.map(() => null),
    colour,
  });
  // What has ended only grows; these go up and down.
  const taskLines = Object.entries(STATE_COLOURS).map(([state, colour]): Line => {
    const series = history?.series.find(({ name, labels }) => name === 'tasks' && labels.state === state);
    return { name: stateName(state), values: series?.values ?? times.map(() => null), colour };
  });
  return (
    <div class="grid">
      <Panel title="CPU by node" note="cores" flush>
        <Chart title="CPU by node, in cores" times={times} lines={byNode('node_cpu_percent')} format={coreFigure} />
      </Panel>
      <Panel title="Memory by node" flush>
        <Chart title="Memory by node" times={times} lines={byNode('node_memory_bytes')} format={bytes} />
      </Panel>
      <Panel title="Tasks running and waiting" flush>
        <Chart title="Tasks running and waiting" times={times} lines={taskLines} format={figure} stacked />
      </Panel>
      <Panel title="Tasks per second" flush>
        <Chart
          title="Tasks per second"
          times={times}
          format={figure}
          lines={[
            single('tasks_finished_per_second', 'finished', '--accent-fill'),
            single('tasks_failed_per_second', 'failed', '--bad-fill'),
          ]}
        />
      </Panel>
    </div>
  );
}

function Waiting({ status }: { status: Status | undefined }) {
  // What lacks resources comes first: calls in a mailbox are many, and need none.
  const lacks = ({ shape }: PendingDemand) => Object.values(shape).some(amount => amount !== 0);
  const pending = (status?.pending ?? []).toSorted((a, b) => Number(lacks(b)) - Number(lacks(a)));
  return (
    <Panel title="Waiting for resources, and why" flush>
      {pending.length === 0 ? (
        <Empty title="Nothing waits.">Everything that was submitted has the resources it needs.</Empty>
      ) : (
        <ul class="lines">
          {pending.map(demand => (
            <li key={`${resourceText(demand.shape)} ${demand.reason}`}>
              <p class="top">
                <strong>{lacks(demand) ? resourceText(demand.shape) : 'queued'}</strong>
                <span class="number">{count(demand.count)} waiting</span>
              </p>
              <p class="message quiet">{demand.reason}</p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function RecentErrors() {
  return (
    <Panel
      title="Recent errors"
      controls={<a href={href('tasks', undefined, { state: 'FAILED', sort: '-endedAt' })}>all failed tasks</a>}
      flush
    >
      {errors.value.length === 0 ? (
        <Empty title="Nothing has failed.">What fails or dies appears here, with the reason.</Empty>
      ) : (
        <ul class="lines">
          {errors.value.slice(0, 8).map(note => (
            <li key={`${note.at} ${note.name}`}>
              <p class="top">
                <a href={addressOf(note)}>{note.name}</a>
                <span class="quiet number">
                  {note.count > 1 && `${count(note.count)} times, `}
                  <Ago time={note.at} />
                </span>
              </p>
              <p class="message">
                <span class="bad">{note.error.type}</span> {note.error.message}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function addressOf(note: (typeof errors.value)[number]): string {
  if (note.taskId !== undefined) return href('tasks', note.taskId);
  if (note.actorId !== undefined) return href('actors', note.actorId);
  if (note.workerId !== undefined) return href('workers', note.workerId);
  return note.nodeId === undefined ? href('logs') : href('nodes', note.nodeId);
}
