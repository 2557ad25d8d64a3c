import type { WorkerInfo } from '../../../src/api-types.ts';
import { useAnswer } from '../data/use-answer.ts';
import { LogPanel } from '../logs/log-panel.tsx';
import { href } from '../route.ts';
import { bytes, count, countOf, percent } from '../text/numbers.ts';
import { fullTime } from '../text/times.ts';
import { Facts } from '../widgets/facts.tsx';
import { Figures } from '../widgets/figures.tsx';
import { NotThere } from '../widgets/gone.tsx';
import { IdLink, NodeLink, nodeName } from '../widgets/links.tsx';
import { Notice } from '../widgets/messages.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { Panel } from '../widgets/panel.tsx';
import { State } from '../widgets/state.tsx';
import { useWorkerTools } from './worker-tools.tsx';

export function WorkerPage({ id }: { id: string }) {
  const known = useAnswer<WorkerInfo>(`v0/workers/${encodeURIComponent(id)}`, 2000);
  const worker = known.answer;
  return (
    <PageFrame
      title={worker ? `Worker ${worker.number} of ${nodeName(worker.nodeId)}` : 'Worker'}
      crumb={<a href={href('nodes', undefined, { show: 'workers' })}>Nodes and workers</a>}
      beside={worker && <State state={worker.state} />}
    >
      {worker === undefined ? <NotThere what="worker" id={id} known={known} /> : <WorkerStory worker={worker} />}
    </PageFrame>
  );
}

function WorkerStory({ worker }: { worker: WorkerInfo }) {
  const { workerId, state, tasks = [] } = worker;
  const { tools, found } = useWorkerTools(workerId);
  return (
    <div class="stack">
      {state === 'DEAD' && (
        <Notice title="This worker has died.">
          {worker.exitReason ?? 'It left no reason.'} What it printed last stands below.
        </Notice>
      )}
      {state === 'ALIVE' && !worker.responsive && (
        <Notice title="No answer." isCalm>
          Its thread has been in synchronous code for a moment: the sizes are older. The stack says where it is.
        </Notice>
      )}
      <div class="wide-left">
        <div class="stack">
          <Figures
            figures={[
              ['Running', count(worker.running)],
              ['Busy', percentOf(worker.eventLoopUtilization)],
              ['Heap', worker.heapUsedBytes === undefined ? '–' : bytes(worker.heapUsedBytes), heapNote(worker)],
              ['Sent, not answered', worker.inFlight === undefined ? '–' : count(worker.inFlight)],
            ]}
          />
          {state !== 'DEAD' && tools}
        </div>
        <Panel title="About">
          <Facts
            facts={[
              ['Node', <NodeLink key="node" id={worker.nodeId} />],
              ['Process', worker.pid],
              ['Does', worker.kind.toLowerCase()],
              [
                'Runs',
                tasks.length > 0 &&
                  tasks.map(({ taskId, name }) => (
                    <div key={taskId}>
                      <IdLink page="tasks" id={taskId} name={name} />
                    </div>
                  )),
              ],
              [
                'Actors',
                worker.actors > 0 && (
                  <a href={href('actors', undefined, { q: `workerId=${workerId}` })}>
                    {countOf(worker.actors, 'actor')}
                  </a>
                ),
              ],
              [
                'Holds',
                worker.handles === undefined ? undefined : `refs to ${countOf(worker.handles, 'object')} and actors`,
              ],
              ['Started', fullTime(worker.startedAt)],
              ['Ended', worker.endedAt && fullTime(worker.endedAt)],
              ['Id', <code key="id">{workerId}</code>],
            ]}
          />
        </Panel>
      </div>
      {found}
      <LogPanel source={{ workerId }} empty="Nothing in this worker has printed anything." />
    </div>
  );
}

const percentOf = (share: number | undefined) => (share === undefined ? '–' : percent(share * 100));

const heapNote = ({ heapLimitBytes }: WorkerInfo) =>
  heapLimitBytes === undefined ? undefined : `of ${bytes(heapLimitBytes)}`;
