import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { isLockedOut } from '../data/api.ts';
import { isPast } from '../data/past.ts';
import { ActorPage } from '../pages/actor.tsx';
import { ActorsPage } from '../pages/actors.tsx';
import { HistoryPage } from '../pages/history.tsx';
import { JobPage } from '../pages/job.tsx';
import { JobsPage } from '../pages/jobs.tsx';
import { LogsPage } from '../pages/logs.tsx';
import { MetricsPage } from '../pages/metrics.tsx';
import { NodePage } from '../pages/node.tsx';
import { NodesPage } from '../pages/nodes.tsx';
import { ObjectPage } from '../pages/object.tsx';
import { ObjectsPage } from '../pages/objects.tsx';
import { OverviewPage } from '../pages/overview.tsx';
import { PlacementGroupsPage } from '../pages/placement-groups.tsx';
import { TaskPage } from '../pages/task.tsx';
import { TasksPage } from '../pages/tasks.tsx';
import { TimelinePage } from '../pages/timeline.tsx';
import { WorkerPage } from '../pages/worker.tsx';
import { route } from '../route.ts';
import { Empty } from '../widgets/messages.tsx';
import { Mishap } from '../widgets/mishap.tsx';
import { PageFrame } from '../widgets/page.tsx';
import { Door } from './door.tsx';
import { Help } from './help.tsx';
import { Navigation } from './navigation.tsx';
import { Notices } from './notices.tsx';
import { PastBanner } from './past-banner.tsx';

const LISTS: Readonly<Record<string, ComponentType>> = {
  overview: OverviewPage,
  jobs: JobsPage,
  tasks: TasksPage,
  actors: ActorsPage,
  objects: ObjectsPage,
  nodes: NodesPage,
  logs: LogsPage,
  timeline: TimelinePage,
  'placement-groups': PlacementGroupsPage,
  metrics: MetricsPage,
  history: HistoryPage,
};

const DETAILS: Readonly<Record<string, ComponentType<{ id: string }>>> = {
  jobs: JobPage,
  tasks: TaskPage,
  actors: ActorPage,
  objects: ObjectPage,
  nodes: NodePage,
  workers: WorkerPage,
};

export function App() {
  const address = route.value.path.join('/');
  // Another page is read from its beginning.
  useEffect(() => document.getElementById('page')?.focus({ preventScroll: true }), [address]);
  if (isLockedOut.value) return <Door />;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('page')?.focus()}>
        Skip to the page
      </button>
      <div class="shell">
        <Navigation />
        <div class="main">
          <Notices />
          {isPast && <PastBanner />}
          <Mishap key={address}>
            <CurrentPage />
          </Mishap>
        </div>
      </div>
      <Help />
    </>
  );
}

function CurrentPage() {
  const [page = '', id] = route.value.path;
  const Detail = DETAILS[page];
  if (id !== undefined && Detail !== undefined) return <Detail id={id} />;
  const List = LISTS[page];
  if (List !== undefined) return <List />;
  return (
    <PageFrame title="No such page">
      <Empty title={`There is no page ${page}.`}>
        <a href="#/">Go to the overview</a>
      </Empty>
    </PageFrame>
  );
}
