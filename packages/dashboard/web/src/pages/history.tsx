import type { PastSession, PastSessions } from '../../../src/api-types.ts';
import { status } from '../data/live.ts';
import { isPast, livePages, pagesOf } from '../data/past.ts';
import { useAnswer } from '../data/use-answer.ts';
import { bytes, count } from '../text/numbers.ts';
import { shortId } from '../text/resources.ts';
import { duration } from '../text/times.ts';
import { Empty, Failure } from '../widgets/messages.tsx';
import { Ago } from '../widgets/now.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { Panel } from '../widgets/panel.tsx';

const EVERY_MS = 5_000;
const STATES = { RUNNING: 'runs', ENDED: 'ended', DIED: 'died without a word' };

/** The sessions that were written down. Each opens in these same pages. */
export function HistoryPage() {
  const { answer, failure, isMissing } = useAnswer<PastSessions>('sessions', EVERY_MS);
  return (
    <PageFrame title="History" beside={answer && <span class="quiet mono">{answer.directory}</span>}>
      {failure && !isMissing && <Failure>{failure}</Failure>}
      {answer?.problems.map(problem => (
        <Failure key={problem}>{problem}</Failure>
      ))}
      {isMissing && <Empty title="This server keeps no history.">It shows the session that runs.</Empty>}
      {answer && <Sessions {...answer} />}
    </PageFrame>
  );
}

function Sessions({ sessions, current }: PastSessions) {
  if (sessions.length === 0) {
    return (
      <Empty title="No session has been written down." code="await init({ history: true });">
        A session that keeps its history can be looked at when it is over. Ask for it when it begins, or set
        AKTIS_HISTORY=1:
      </Empty>
    );
  }
  return (
    <Panel title="Sessions" flush>
      <ul class="lines" aria-label="Sessions">
        {sessions.map(session => (
          <SessionLine key={session.sessionId} session={session} isCurrent={session.sessionId === current} />
        ))}
      </ul>
    </Panel>
  );
}

function SessionLine({ session, isCurrent }: { session: PastSession; isCurrent: boolean }) {
  const { sessionId, entrypoint, startedAt, seenAt, state, tasks } = session;
  const isShown = isPast ? status.value?.sessionId === sessionId : isCurrent;
  return (
    <li>
      <p class="top">
        <a href={pagesOf(sessionId)} aria-current={isShown ? 'true' : undefined}>
          {entrypoint.split('/').at(-1) || shortId(sessionId)}
        </a>
        <span class="quiet number">
          <Ago time={startedAt} />, {duration(Date.parse(seenAt) - Date.parse(startedAt))}
        </span>
      </p>
      <p class="message quiet">
        <span class={state === 'DIED' ? 'bad' : undefined}>{STATES[state]}</span>
        {` · ${count(tasks.finished)} tasks finished · `}
        <span class={tasks.failed > 0 ? 'bad' : undefined}>{count(tasks.failed)} failed</span>
        {tasks.missed > 0 && ` · ${count(tasks.missed)} not written down`}
        {` · ${bytes(session.bytes)} · `}
        <span class="mono" title={entrypoint}>
          {shortId(sessionId)}
        </span>
        {isCurrent && ' · '}
        {isCurrent && <a href={livePages}>this session, live</a>}
      </p>
    </li>
  );
}
