import { useEffect, useRef, useState } from 'preact/hooks';
import type { History, MetricDescription, MetricList, Series } from '../../../src/api-types.ts';
import { Chart, type Line } from '../charts/chart.tsx';
import { perSecond } from '../data/history.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useHistory } from '../data/use-history.ts';
import { route } from '../route.ts';
import { SearchBox } from '../table/filter-bar.tsx';
import { bytes, figure } from '../text/numbers.ts';
import { nodeName } from '../widgets/links.tsx';
import { Empty, Failure } from '../widgets/messages.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { Panel } from '../widgets/panel.tsx';
import { currentRange, RangeChoice } from '../widgets/range-choice.tsx';

export function MetricsPage() {
  const { answer, failure } = useAnswer<MetricList>('metrics/list', 10_000);
  const wanted = (route.value.query.get('q') ?? '').toLowerCase();
  const matching = (answer?.metrics ?? []).filter(({ name, description }) =>
    `${name} ${description}`.toLowerCase().includes(wanted),
  );
  const users = matching.filter(({ source }) => source === 'user');
  return (
    <PageFrame title="Metrics" controls={<RangeChoice />}>
      <div class="filters">
        <SearchBox placeholder="Name or description" />
        <a class="quiet" href="metrics">
          for Prometheus: /metrics
        </a>
      </div>
      {failure && <Failure>{failure}</Failure>}
      <h2 style={{ margin: '4px 0 10px' }}>Yours</h2>
      {answer && users.length === 0 && (
        <Empty
          title={wanted ? 'None of yours matches.' : 'You have not made any metrics.'}
          code={"const rows = new metrics.Counter('rows_read', { description: 'Rows read' });\nrows.inc(100);"}
        >
          They appear here, with their history, as soon as a task or actor uses them:
        </Empty>
      )}
      <Charts metrics={users} />
      <h2 style={{ margin: '4px 0 10px' }}>Of Aktis</h2>
      <Charts metrics={matching.filter(({ source }) => source === 'core')} />
    </PageFrame>
  );
}

function Charts({ metrics }: { metrics: readonly MetricDescription[] }) {
  return (
    <div class="grid">
      {metrics.map(metric => (
        <Metric key={metric.name} metric={metric} />
      ))}
    </div>
  );
}

/** Asks for its history once it has come into sight. */
function Metric({ metric }: { metric: MetricDescription }) {
  const place = useRef<HTMLDivElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => setSeen(entry?.isIntersecting ?? false), {
      rootMargin: '200px',
    });
    observer.observe(place.current as HTMLDivElement);
    return () => observer.disconnect();
  }, []);
  const path = `metrics/history?name=${encodeURIComponent(metric.name)}`;
  const { history, failure } = useHistory(isSeen ? path : undefined, currentRange());
  const last = useRef(history);
  last.current = history ?? last.current;
  const shown = last.current;
  return (
    <div ref={place}>
      <Panel
        title={metric.name}
        note={metric.description}
        controls={<span class="quiet">{kindText(metric)}</span>}
        flush
      >
        {failure && <Failure>{failure}</Failure>}
        <Chart
          title={metric.name}
          times={shown?.times ?? []}
          lines={linesOf(metric, shown)}
          format={/bytes/.test(metric.name) ? bytes : figure}
        />
      </Panel>
    </div>
  );
}

function kindText({ kind }: MetricDescription): string {
  return kind === 'counter' ? 'per second' : kind === 'histogram' ? 'quantiles' : '';
}

/** A counter is shown as what it gains, a histogram as its quantiles. */
function linesOf({ kind, name }: MetricDescription, history: History | undefined): Line[] {
  if (history === undefined) return [];
  return history.series.map(series => ({
    name: labelText(series) || name,
    values: kind === 'counter' ? perSecond(history.times, series.values) : series.values,
  }));
}

function labelText({ labels }: Series): string {
  return Object.entries(labels)
    .map(([name, value]) => (name === 'quantile' ? `p${Number(value) * 100}` : `${name} ${nodeName(value)}`))
    .join(', ');
}
