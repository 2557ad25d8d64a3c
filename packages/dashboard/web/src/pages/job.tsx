import { useState } from 'preact/hooks';
import type { JobInfo, JobStopped, TaskSummary } from '../../../src/api-types.ts';
import { ask, messageOf } from '../data/api.ts';
import { isPast } from '../data/past.ts';
import { equals, queryText } from '../data/query.ts';
import { refresh } from '../data/refresh.ts';
import { useAnswer } from '../data/use-answer.ts';
import { LogPanel } from '../logs/log-panel.tsx';
import { href } from '../route.ts';
import { count } from '../text/numbers.ts';
import { duration, fullTime } from '../text/times.ts';
import { TaskTree } from '../tree/task-tree.tsx';
import { Facts } from '../widgets/facts.tsx';
import { NotThere } from '../widgets/gone.tsx';
import { NodeLink } from '../widgets/links.tsx';
import { Empty, Failure } from '../widgets/messages.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { Panel } from '../widgets/panel.tsx';
import { CountsBar, CountsKey, State } from '../widgets/state.tsx';
import { OutputPanel } from './job-output.tsx';
import { tookOf } from './jobs.tsx';

export function JobPage({ id }: { id: string }) {
  const known = useAnswer<JobInfo>(`v0/jobs/${encodeURIComponent(id)}`, 2000);
  const job = known.answer;
  return (
    <PageFrame
      title={`Job ${id}`}
      crumb={<a href={href('jobs')}>Jobs</a>}
      beside={job && <State state={job.state} />}
      controls={job && !isPast && <StopButton job={job} />}
    >
      {job === undefined ? <NotThere what="job" id={id} known={known} /> : <JobStory job={job} />}
    </PageFrame>
  );
}

function JobStory({ job }: { job: JobInfo }) {
  const ofJob = equals('jobId', job.jobId);
  return (
    <div class="stack">
      <Panel title="About">
        <Facts
          facts={[
            ['Entry point', <code key="entry">{job.entrypoint}</code>],
            ['Message', job.message],
            ['Started', fullTime(job.startedAt)],
            [job.endedAt === undefined ? 'Runs for' : 'Took', duration(tookOf(job))],
            ['Driver on', job.driverNodeId && <NodeLink id={job.driverNodeId} />],
            ['Driver process', job.driverPid],
            ['Namespace', job.namespace],
          ]}
        />
      </Panel>
      <Progress job={job} />
      <Panel title="Task tree" note="who submitted what" flush>
        <TaskTree filters={[ofJob, equals('parentTaskId', '')]} empty="The driver has submitted no tasks." />
      </Panel>
      {job.type === 'SUBMISSION' && !isPast && <OutputPanel id={job.jobId} />}
      {job.type === 'DRIVER' && <LogPanel source={{ jobId: job.jobId }} empty="This job printed nothing." />}
    </div>
  );
}

/** One line per function, with how many of its tasks are in which state. */
function Progress({ job }: { job: JobInfo }) {
  const query = queryText({ filters: [equals('jobId', job.jobId)] });
  const { answer, failure } = useAnswer<TaskSummary>(`v0/summary/tasks${query}`, 2000);
  return (
    <Panel title="Progress by function" note={answer && <CountsKey counts={answer.states} />}>
      {failure && <Failure>{failure}</Failure>}
      {answer?.groups.length === 0 && <Empty title="No tasks yet." />}
      {answer && answer.groups.length > 0 && (
        <div class="scrolls" tabIndex={0}>
          <table class="simple">
            <thead>
              <tr>
                <th>Function</th>
                <th class="end">Tasks</th>
                <th style={{ width: '34%' }}>Progress</th>
                <th>States</th>
                <th class="end">Mean time</th>
              </tr>
            </thead>
            <tbody>
              {answer.groups.map(({ name, total, states, meanDuration }) => (
                <tr key={name}>
                  <td>
                    <a href={href('tasks', undefined, { q: `name=${name} jobId=${job.jobId}` })}>{name}</a>
                  </td>
                  <td class="end">{count(total)}</td>
                  <td>
                    <CountsBar counts={states} />
                  </td>
                  <td>
                    <CountsKey counts={states} />
                  </td>
                  <td class="end">{meanDuration > 0 ? duration(meanDuration) : '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

/** Asks before it stops. */
function StopButton({ job }: { job: JobInfo }) {
  const [step, setStep] = useState<'idle' | 'sure?' | 'stopping'>('idle');
  const [failure, setFailure] = useState<string | undefined>(undefined);
  if (job.state !== 'RUNNING' && job.state !== 'PENDING') return null;
  const stop = async () => {
    setStep('stopping');
    try {
      const id = encodeURIComponent(job.jobId);
      const { stopped } = await ask<JobStopped>(`jobs/${id}/stop`, { method: 'POST' });
      setFailure(stopped ? undefined : 'It had ended already.');
      refresh();
    } catch (error) {
      setFailure(messageOf(error));
    }
    setStep('idle');
  };
  return (
    <>
      {failure && <span class="bad">{failure}</span>}
      {step === 'sure?' ? (
        <>
          <button type="button" onClick={() => setStep('idle')}>
            Let it run
          </button>
          <button type="button" class="danger" onClick={stop}>
            Stop it now
          </button>
        </>
      ) : (
        <button type="button" class="danger" disabled={step === 'stopping'} onClick={() => setStep('sure?')}>
          {step === 'stopping' ? 'Stopping…' : 'Stop'}
        </button>
      )}
    </>
  );
}
