import { useMemo } from 'preact/hooks';
import type { Timeline } from '../../../src/api-types.ts';
import { download } from '../data/download.ts';
import { refresh } from '../data/refresh.ts';
import { useAnswer } from '../data/use-answer.ts';
import { replaceQuery, route } from '../route.ts';
import { SearchBox } from '../table/filter-bar.tsx';
import { count, countOf } from '../text/numbers.ts';
import { clock, duration } from '../text/times.ts';
import { type Lanes, lanesOf } from '../timeline/lanes.ts';
import { TimelineCanvas } from '../timeline/timeline-canvas.tsx';
import { Empty, Failure } from '../widgets/messages.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { Panel } from '../widgets/panel.tsx';

export function TimelinePage() {
  const { answer, failure, at } = useAnswer<Timeline>('timeline');
  const all = useMemo(() => lanesOf(answer?.traceEvents ?? []), [answer]);
  const events = all.totals.reduce((sum, { count }) => sum + count, 0);
  const isEmpty = answer !== undefined && events === 0;
  return (
    <PageFrame
      title="Timeline"
      beside={at > 0 && <span class="quiet">as of {clock(at)}</span>}
      controls={
        <>
          <button type="button" onClick={refresh}>
            Load again
          </button>
          <button
            type="button"
            disabled={answer === undefined}
            title="For chrome://tracing and ui.perfetto.dev"
            onClick={() => download(JSON.stringify(answer?.traceEvents), 'aktis-timeline.json')}
          >
            Download Chrome trace
          </button>
        </>
      }
    >
      <div class="filters">
        <SearchBox placeholder="Name of a task or method" />
        <span class="quiet number">
          {answer && `${countOf(events, 'event')} in ${duration((all.to - all.from) / 1000)}`}
          {answer && answer.dropped > 0 && `, ${count(answer.dropped)} older ones were forgotten`}
        </span>
      </div>
      {failure && <Failure>{failure}</Failure>}
      {answer === undefined && !failure && <p class="quiet">Loading…</p>}
      {isEmpty && <Empty title="Nothing has run yet.">Every task and call that has ended appears here.</Empty>}
      {events > 0 && (
        <div class="stack">
          <Panel
            title="Threads"
            note="Wheel or + and − zoom, drag or arrow keys move, shift and wheel scroll, 0 shows all, a click opens the task"
            flush
          >
            <TimelineCanvas all={all} search={route.value.query.get('q') ?? ''} />
          </Panel>
          <ByName all={all} />
        </div>
      )}
    </PageFrame>
  );
}

const SHOWN = 30;

function ByName({ all: { totals, lanes, from, to } }: { all: Lanes }) {
  const capacity = (to - from) * lanes.length;
  return (
    <Panel title="By name" note="what took the most time first">
      <div class="scrolls" tabIndex={0}>
        <table class="simple">
          <thead>
            <tr>
              <th>Name</th>
              <th class="end">Runs</th>
              <th class="end">Failed</th>
              <th class="end">Time in all</th>
              <th class="end">Of all threads</th>
              <th class="end">Mean</th>
              <th class="end">Longest</th>
            </tr>
          </thead>
          <tbody>
            {totals.slice(0, SHOWN).map(({ name, count: runs, failed, total, longest }) => (
              <tr key={name}>
                <td>
                  <button type="button" class="plain" onClick={() => replaceQuery({ q: name })}>
                    {name}
                  </button>
                </td>
                <td class="end">{count(runs)}</td>
                <td class={failed > 0 ? 'end bad' : 'end quiet'}>{count(failed)}</td>
                <td class="end">{duration(total / 1000)}</td>
                <td class="end">{((total / capacity) * 100).toFixed(1)} %</td>
                <td class="end">{duration(total / runs / 1000)}</td>
                <td class="end">{duration(longest / 1000)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
