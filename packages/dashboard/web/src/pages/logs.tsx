import { useMemo, useState } from 'preact/hooks';
import { download } from '../data/download.ts';
import { LogLinesView } from '../logs/log-lines.tsx';
import { type LogSource, useLog } from '../logs/use-log.ts';
import { replaceQuery, route } from '../route.ts';
import { SearchBox } from '../table/filter-bar.tsx';
import { count, countOf } from '../text/numbers.ts';
import { shortId } from '../text/resources.ts';
import { nodeName } from '../widgets/links.tsx';
import { Empty, Failure } from '../widgets/messages.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { Segments } from '../widgets/segments.tsx';

const KINDS = ['jobId', 'nodeId', 'workerId', 'actorId', 'taskId'] as const;
type Kind = (typeof KINDS)[number];
const KIND_NAMES: Readonly<Record<Kind, string>> = {
  jobId: 'job',
  nodeId: 'node',
  workerId: 'worker',
  actorId: 'actor',
  taskId: 'task',
};

export function LogsPage() {
  const { query } = route.value;
  const search = query.get('q') ?? '';
  const stream = query.get('stream') ?? 'both';
  const source = sourceOf(query);
  const [follows, setFollows] = useState(true);
  const { lines, failure, forgotten, isLoaded } = useLog(source, true);
  const matching = useMemo(() => {
    const wanted = search.toLowerCase();
    if (wanted === '' && stream === 'both') return lines;
    return lines.filter(
      line => (stream === 'both' || line.stream === stream) && line.text.toLowerCase().includes(wanted),
    );
  }, [lines, search, stream]);

  return (
    <PageFrame
      title="Logs"
      fills
      controls={
        <>
          <button type="button" aria-pressed={follows} onClick={() => setFollows(!follows)}>
            {follows ? 'Pause' : 'Follow'}
          </button>
          <button
            type="button"
            disabled={matching.length === 0}
            onClick={() =>
              download(
                new Blob([matching.map(({ at, name, text }) => `${at} ${name} ${text}\n`).join('')]),
                'aktis.log',
              )
            }
          >
            Download
          </button>
        </>
      }
    >
      <div class="filters">
        <SearchBox placeholder="Text to look for" />
        <Segments
          label="Stream"
          choices={['both', 'stdout', 'stderr']}
          chosen={stream}
          onChoose={choice => replaceQuery({ stream: choice === 'both' ? undefined : choice })}
        />
        <SourceChoice source={source} />
      </div>
      {failure && <Failure>{failure}</Failure>}
      <LogLinesView lines={matching} search={search} follows={follows} onScrollUp={() => setFollows(false)}>
        <Empty title={emptyText(isLoaded, lines.length > 0)}>
          {isLoaded && lines.length === 0 && 'What tasks and actors print with console.log appears here.'}
        </Empty>
      </LogLinesView>
      <p class="table-foot number">
        <span>
          {matching.length === lines.length
            ? countOf(lines.length, 'line')
            : `${count(matching.length)} of ${countOf(lines.length, 'line')}`}
        </span>
        {forgotten > 0 && <span>{count(forgotten)} older ones are no longer in this page</span>}
        <span>{follows ? 'following' : 'paused: new lines come below'}</span>
      </p>
    </PageFrame>
  );
}

function emptyText(isLoaded: boolean, hasLines: boolean): string {
  if (!isLoaded) return 'Loading…';
  return hasLines ? 'No line matches.' : 'Nothing has been printed.';
}

function sourceOf(query: URLSearchParams): LogSource {
  const kind = KINDS.find(kind => query.get(kind));
  return kind === undefined ? {} : { [kind]: query.get(kind) as string };
}

/** Whose log: everybody's, or of one thing, by its id. */
function SourceChoice({ source }: { source: LogSource }) {
  const [kind, id] = (Object.entries(source)[0] ?? []) as [Kind?, string?];
  const [chosen, setChosen] = useState<Kind>('taskId');
  const none = { jobId: undefined, nodeId: undefined, workerId: undefined, actorId: undefined, taskId: undefined };
  if (kind !== undefined && id !== undefined) {
    return (
      <button type="button" onClick={() => replaceQuery(none)} title={id}>
        {KIND_NAMES[kind]} {kind === 'nodeId' ? nodeName(id) : shortId(id)} <span aria-hidden="true">×</span>
        <span class="sr-only">show all</span>
      </button>
    );
  }
  return (
    <form
      class="filters"
      style={{ margin: 0 }}
      onSubmit={event => {
        event.preventDefault();
        const value = new FormData(event.currentTarget).get('id');
        replaceQuery({ ...none, [chosen]: String(value).trim() });
      }}
    >
      <select aria-label="Of" value={chosen} onChange={event => setChosen(event.currentTarget.value as Kind)}>
        {KINDS.map(one => (
          <option key={one} value={one}>
            of {KIND_NAMES[one]}
          </option>
        ))}
      </select>
      <input name="id" aria-label="Id" placeholder="id" required style={{ flex: '0 1 150px' }} spellcheck={false} />
    </form>
  );
}
