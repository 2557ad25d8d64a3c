import type { HistoryOptions } from '@aktis/core';
import { readClusterFacts, writeClusterFacts } from '../cluster-facts.ts';
import type { ControlStore } from '../control-store.ts';
import type { SubmissionService } from '../jobs/submission-service.ts';

/** Where the dashboard of a head is, and what brings it: this package knows none. */
export interface DashboardSettings {
  /** URL of a module that exports an `OpenHeadDashboard` by the name `openHeadDashboard`. */
  readonly module: string;
  readonly host: string;
  /** If it is taken, the next one that is free; 0: any. */
  readonly port: number;
  /** It keeps on disk what happens in the cluster. */
  readonly history?: HistoryOptions;
}

/** What a head's dashboard is told. */
export interface HeadSource {
  readonly clusterId: string;
  /** Where others join. */
  readonly address: string;
  /** Of the cluster: whoever has it may look, and change. */
  readonly token: string;
  readonly startedAt: Date;
  readonly host: string;
  readonly port: number;
  /** The name of this machine for others, when the dashboard listens at all addresses. */
  readonly ownHost: string;
  /** Asks the whole cluster. */
  ask(question: string, value?: unknown): Promise<unknown>;
  readonly submissions: SubmissionService;
  /** Undefined: what happens is not kept. */
  readonly history?: HistoryOptions;
}

/** A dashboard that is open. */
export interface HeadDashboard {
  readonly url: string;
  /** A link that lets one browser in, once, within five minutes. */
  newLink(): string;
  close(): Promise<void>;
}

export type OpenHeadDashboard = (source: HeadSource) => Promise<HeadDashboard>;

/** The question in the control store: a link to the dashboard, please. */
const LINK_SUBJECT = 'dashboard.link';
const LINK_LIMIT_MS = 1_500;

/**
 * Opens the dashboard and tells the cluster where it is. A cluster without its dashboard is still a cluster, so a failure
 * is only told. Returns what ends it.
 */
export async function openHeadDashboard(
  store: ControlStore,
  settings: DashboardSettings | undefined,
  source: Omit<HeadSource, 'clusterId' | 'startedAt' | 'host' | 'port' | 'history'>,
): Promise<HeadDashboard | undefined> {
  const dashboard = settings && (await opened(store, settings, source));
  // Also when there is none: one that was there before is not any more.
  await writeClusterFacts(store, { dashboardUrl: dashboard?.url });
  if (dashboard === undefined) return undefined;
  const endService = store.serve(LINK_SUBJECT, () => dashboard.newLink());
  return {
    url: dashboard.url,
    newLink: () => dashboard.newLink(),
    async close() {
      endService();
      await dashboard.close();
    },
  };
}

async function opened(
  store: ControlStore,
  { module, host, port, history }: DashboardSettings,
  source: Omit<HeadSource, 'clusterId' | 'startedAt' | 'host' | 'port' | 'history'>,
): Promise<HeadDashboard | undefined> {
  try {
    const { openHeadDashboard } = (await import(module)) as { openHeadDashboard: OpenHeadDashboard };
    const { clusterId, createdAt } = await readClusterFacts(store);
    return await openHeadDashboard({
      ...source,
      clusterId,
      startedAt: new Date(createdAt),
      host,
      port,
      ...(history && { history }),
    });
  } catch (error) {
    console.error(`There is no dashboard: ${(error as Error).message}`);
    return undefined;
  }
}

/** A link to the cluster's dashboard that lets one browser in; undefined: it has none, or its head is away. */
export async function dashboardLink(store: ControlStore): Promise<string | undefined> {
  try {
    return await store.request(LINK_SUBJECT, '', LINK_LIMIT_MS);
  } catch {
    return undefined;
  }
}
