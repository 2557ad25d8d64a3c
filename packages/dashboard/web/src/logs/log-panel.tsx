import { useState } from 'preact/hooks';
import { isPast } from '../data/past.ts';
import { href } from '../route.ts';
import { countOf } from '../text/numbers.ts';
import { Failure } from '../widgets/messages.tsx';
import { Panel } from '../widgets/panel.tsx';
import { LogLinesView } from './log-lines.tsx';
import { type LogSource, useLog } from './use-log.ts';

/** The log of one thing, on its page. */
export function LogPanel(log: { source: LogSource; empty: string }) {
  // What was printed is not kept when the session is over.
  return isPast ? null : <LivePanel {...log} />;
}

function LivePanel({ source, empty }: { source: LogSource; empty: string }) {
  const { lines, failure, isLoaded } = useLog(source, true);
  const [follows, setFollows] = useState(true);
  return (
    <Panel
      title="Log"
      note={lines.length > 0 && countOf(lines.length, 'line')}
      controls={
        <>
          {!follows && (
            <button type="button" class="plain" onClick={() => setFollows(true)}>
              Follow
            </button>
          )}
          <a href={href('logs', undefined, source)}>Search it</a>
        </>
      }
      flush
    >
      {failure && <Failure>{failure}</Failure>}
      {lines.length === 0 ? (
        <p class="quiet" style={{ padding: '0 14px 12px' }}>
          {isLoaded ? `${empty} What it prints appears here.` : 'Loading…'}
        </p>
      ) : (
        <LogLinesView lines={lines} search="" follows={follows} onScrollUp={() => setFollows(false)} inset />
      )}
    </Panel>
  );
}
