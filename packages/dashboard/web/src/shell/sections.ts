import type { Status } from '../../../src/api-types.ts';

/** The pages that the navigation leads to. */
export interface Section {
  readonly page: string;
  readonly title: string;
  /** After `g`. */
  readonly key: string;
  readonly count?: (status: Status) => number;
  /** Nothing of it is kept when the session is over. */
  readonly isLive?: boolean;
  /** A line before it. */
  readonly begins?: boolean;
}

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((all, one) => all + one, 0);

export const SECTIONS: readonly Section[] = [
  { page: 'overview', title: 'Overview', key: 'o' },
  { page: 'jobs', title: 'Jobs', key: 'j', count: ({ jobs }) => sum(jobs), begins: true },
  { page: 'tasks', title: 'Tasks', key: 't', count: ({ tasks }) => sum(tasks) },
  { page: 'actors', title: 'Actors', key: 'a', count: ({ actors }) => sum(actors) },
  { page: 'objects', title: 'Objects', key: 'b', isLive: true, count: ({ store }) => store.objects },
  { page: 'placement-groups', title: 'Placement groups', key: 'p' },
  {
    page: 'nodes',
    title: 'Nodes and workers',
    key: 'n',
    count: ({ nodes }) => nodes.filter(({ state }) => state !== 'DEAD').length,
    begins: true,
  },
  { page: 'logs', title: 'Logs', key: 'l', isLive: true },
  { page: 'timeline', title: 'Timeline', key: 'i' },
  { page: 'metrics', title: 'Metrics', key: 'm', isLive: true },
  { page: 'history', title: 'History', key: 'h', begins: true },
];
