import type { NodeInfo, ResourceMap, TaskCounts } from '@aktis/core';
import type { CountsByState, NodeStateInfo, PastSession, PendingDemand, Status, TaskStatus } from './api-types.ts';
import type { Source } from './source.ts';

/** What waits is looked at in detail up to so many. */
const LOOKED_AT = 500;
/** Of nodes that are dead. */
const DEAD_SHOWN = 50;
/** Whoever asks again within this time gets the same answer. */
const FRESH_MS = 250;

export interface StatusFacts {
  readonly version: string;
  readonly sessionId: string;
  readonly address: string;
  readonly startedAt: Date;
  readonly clusterId?: string;
  readonly past?: PastSession;
  /** What runs submitted programs, if anything does. */
  readonly jobs?: object;
}

/** How the session is, at a glance. */
export class StatusReader {
  readonly #source: Source;
  readonly #facts: StatusFacts;
  readonly #freshFor: number;
  #latest: { readonly at: number; readonly status: Promise<Status> } | undefined;

  constructor(source: Source, facts: StatusFacts) {
    this.#source = source;
    this.#facts = facts;
    // What is over stays as it was.
    this.#freshFor = facts.past === undefined ? FRESH_MS : Number.POSITIVE_INFINITY;
  }

  read(): Promise<Status> {
    const now = performance.now();
    if (this.#latest !== undefined && now - this.#latest.at < this.#freshFor) return this.#latest.status;
    const status = this.#read();
    this.#latest = { at: now, status };
    // The next one tries again.
    status.catch(() => (this.#latest = undefined));
    return status;
  }

  async #read(): Promise<Status> {
    const source = this.#source;
    const { version, sessionId, address, startedAt, clusterId, past, jobs: jobControl } = this.#facts;
    const [resources, nodes, jobs, actors, store] = await Promise.all([
      source.resources(),
      source.nodes(),
      source.list('jobs', { limit: 10_000 }),
      source.summary('actors'),
      source.store(),
    ]);
    const tasks = taskStates(nodes);
    return {
      version,
      ...(clusterId === undefined ? {} : { clusterId }),
      ...(past === undefined ? {} : { past }),
      sessionId,
      address,
      startedAt: startedAt.toISOString(),
      resources,
      nodes: shownNodes(nodes),
      pending: await this.#pending((tasks.PENDING_NODE_ASSIGNMENT ?? 0) > 0),
      acceptsJobs: jobControl !== undefined,
      jobs: countBy(jobs.items, ({ state }) => state),
      actors: actors.states as CountsByState,
      tasks,
      store,
    };
  }

  async #pending(tasksWait: boolean): Promise<PendingDemand[]> {
    const filters = (state: string) => ({ filters: [['state', '=', state] as const], detail: true, limit: LOOKED_AT });
    const demands = new Demands();
    for (const state of ['PENDING', 'RESCHEDULING']) {
      for (const { bundles, reason } of (await this.#source.list('placementGroups', filters(state))).items) {
        const lacking = bundles.filter(({ nodeId }) => nodeId === undefined);
        demands.add(sum(lacking.map(({ resources }) => resources)), reason);
      }
    }
    if (tasksWait) {
      const query = { ...filters('PENDING_NODE_ASSIGNMENT'), sort: 'submittedAt' };
      const { items, total } = await this.#source.list('tasks', query);
      for (const { requiredResources, reason } of items) demands.add(requiredResources, reason);
      demands.add({}, `queued behind the first ${items.length}`, total - items.length);
    }
    return demands.list();
  }
}

/** Adds up what waits for the same for the same reason. */
class Demands {
  readonly #demands = new Map<string, { shape: ResourceMap; count: number; reason: string }>();

  add(shape: ResourceMap, reason: string | undefined, count = 1): void {
    if (count <= 0) return;
    // `add is queued: …`: which of them it is does not matter here.
    const why = (reason ?? 'not known').replace(/^.*? is queued: /s, '');
    const key = JSON.stringify([shape, why]);
    const known = this.#demands.get(key);
    if (known === undefined) this.#demands.set(key, { shape, count, reason: why });
    else known.count += count;
  }

  list(): PendingDemand[] {
    return [...this.#demands.values()].sort((a, b) => b.count - a.count);
  }
}

const STATES: Readonly<Record<keyof TaskCounts, TaskStatus>> = {
  pendingArgs: 'PENDING_ARGS_AVAIL',
  pendingAssignment: 'PENDING_NODE_ASSIGNMENT',
  submitted: 'SUBMITTED_TO_WORKER',
  running: 'RUNNING',
  finished: 'FINISHED',
  failed: 'FAILED',
};

/** How many tasks of all nodes are where; those that ended, since the nodes began. */
export function taskStates(nodes: readonly NodeStateInfo[]): Partial<Record<TaskStatus, number>> & CountsByState {
  const counts: Record<string, number> = {};
  for (const { usage } of nodes) {
    if (usage === undefined) continue;
    for (const [name, state] of Object.entries(STATES)) {
      counts[state] = (counts[state] ?? 0) + usage.tasks[name as keyof TaskCounts];
    }
  }
  return counts;
}

/** The living, and of the dead the newest. */
function shownNodes(nodes: readonly NodeStateInfo[]): NodeInfo[] {
  const dead = nodes.filter(({ state }) => state === 'DEAD');
  const forgotten = new Set(dead.slice(0, -DEAD_SHOWN));
  return nodes.filter(node => !forgotten.has(node)).map(({ usage: _, ...node }) => node);
}

function countBy<T>(items: readonly T[], stateOf: (item: T) => string): CountsByState {
  const counts: Record<string, number> = {};
  for (const item of items) counts[stateOf(item)] = (counts[stateOf(item)] ?? 0) + 1;
  return counts;
}

function sum(maps: readonly ResourceMap[]): ResourceMap {
  const sums: Record<string, number> = {};
  for (const map of maps) {
    for (const [name, amount] of Object.entries(map)) sums[name] = (sums[name] ?? 0) + amount;
  }
  return sums;
}
