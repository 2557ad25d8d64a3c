import type { ActorInfo, TaskSummary } from '../../../src/api-types.ts';
import { equals, queryText } from '../data/query.ts';
import { useAnswer } from '../data/use-answer.ts';
import { LogPanel } from '../logs/log-panel.tsx';
import { href } from '../route.ts';
import { count, countOf, figure } from '../text/numbers.ts';
import { resourceText } from '../text/resources.ts';
import { duration, fullTime } from '../text/times.ts';
import { ErrorBlock } from '../widgets/error-block.tsx';
import { Facts } from '../widgets/facts.tsx';
import { Figures } from '../widgets/figures.tsx';
import { NotThere } from '../widgets/gone.tsx';
import { IdLink, NodeLink } from '../widgets/links.tsx';
import { Failure, Notice } from '../widgets/messages.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { Panel } from '../widgets/panel.tsx';
import { State } from '../widgets/state.tsx';

export function ActorPage({ id }: { id: string }) {
  const known = useAnswer<ActorInfo>(`v0/actors/${encodeURIComponent(id)}`, 2000);
  const actor = known.answer;
  return (
    <PageFrame
      title={actor ? (actor.name ?? actor.className) : 'Actor'}
      crumb={<a href={href('actors')}>Actors</a>}
      beside={actor && <State state={actor.state} />}
      controls={
        actor && (
          <>
            <a class="button" href={href('tasks', undefined, { q: `actorId=${id}` })}>
              Its calls
            </a>
            {actor.workerId && actor.state === 'ALIVE' && (
              <a class="button" href={href('workers', actor.workerId)}>
                Its worker: stack, profile
              </a>
            )}
          </>
        )
      }
    >
      {actor === undefined ? <NotThere what="actor" id={id} known={known} /> : <ActorStory actor={actor} />}
    </PageFrame>
  );
}

function ActorStory({ actor }: { actor: ActorInfo }) {
  return (
    <div class="stack">
      {actor.state === 'DEAD' && <Notice title="This actor is dead.">{actor.deathCause?.message}</Notice>}
      {actor.state === 'RESTARTING' && (
        <Notice title="This actor is being started again.">{actor.deathCause?.message}</Notice>
      )}
      {actor.reason && (
        <Notice title="Not alive yet:" isCalm>
          {actor.reason}
        </Notice>
      )}
      {actor.deathCause?.stack && (
        <Panel title="Why it died" flush>
          <ErrorBlock error={actor.deathCause} />
        </Panel>
      )}
      <div class="wide-left">
        <div class="stack">
          <Figures
            figures={[
              ['Waiting in mailbox', count(actor.pendingCalls)],
              ['Calls per second', figure(actor.callsPerSecond)],
              ['Mean call', actor.meanCallDuration === undefined ? '–' : duration(actor.meanCallDuration)],
              ['Calls', count(actor.callsDone)],
            ]}
          />
          <Methods actorId={actor.actorId} />
        </div>
        <Panel title="About">
          <Facts
            facts={[
              ['Class', actor.className],
              ['Name', actor.name && `${actor.name} in namespace ${actor.namespace}`],
              ['Node', actor.nodeId && <NodeLink id={actor.nodeId} />],
              ['Worker', actor.workerId && <IdLink page="workers" id={actor.workerId} />],
              ['Holds', holdsText(actor)],
              ['Restarts', restartsText(actor)],
              ['Lives', actor.detached ? 'until it is killed (detached)' : 'until its last handle goes'],
              ['At a time', actor.maxConcurrency && countOf(actor.maxConcurrency, 'call')],
              ['Created', fullTime(actor.createdAt)],
              ['Ended', actor.endedAt && fullTime(actor.endedAt)],
              ['Job', <IdLink key="job" page="jobs" id={actor.jobId} />],
              ['Id', <code key="id">{actor.actorId}</code>],
            ]}
          />
        </Panel>
      </div>
      <LogPanel source={{ actorId: actor.actorId }} empty="This actor printed nothing." />
    </div>
  );
}

function restartsText({ restarts, restartsLeft }: ActorInfo): string {
  if (restartsLeft === undefined) return count(restarts);
  return `${count(restarts)}, ${restartsLeft < 0 ? 'without limit' : `${count(restartsLeft)} left`}`;
}

function holdsText({ requiredResources }: ActorInfo): string {
  const text = resourceText(requiredResources);
  return text === 'none' ? 'nothing; takes a CPU while it executes' : text;
}

/** Its calls by method. */
function Methods({ actorId }: { actorId: string }) {
  const query = queryText({ filters: [equals('actorId', actorId)] });
  const { answer, failure } = useAnswer<TaskSummary>(`v0/summary/tasks${query}`, 2000);
  return (
    <Panel title="Calls by method" note="of the calls that are remembered">
      {failure && <Failure>{failure}</Failure>}
      {answer?.groups.length === 0 && <p class="quiet">None of its calls is remembered.</p>}
      {answer && answer.groups.length > 0 && (
        <table class="simple">
          <thead>
            <tr>
              <th>Method</th>
              <th class="end">Calls</th>
              <th class="end">Failed</th>
              <th class="end">Mean time</th>
              <th class="end">Longest</th>
            </tr>
          </thead>
          <tbody>
            {answer.groups.map(({ name, total, states, meanDuration, maxDuration }) => (
              <tr key={name}>
                <td>{name}</td>
                <td class="end">{count(total)}</td>
                <td class={states.FAILED ? 'end bad' : 'end'}>{count(states.FAILED ?? 0)}</td>
                <td class="end">{duration(meanDuration)}</td>
                <td class="end">{duration(maxDuration)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
