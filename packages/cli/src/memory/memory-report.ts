import type { ActorInfo, MemoryStats, ObjectInfo, StateListFacts, WorkerInfo } from '@aktis/core';
import type { Session } from '../session/session.ts';
import { type Grouping, groupObjects, type ObjectCount } from './object-groups.ts';
import { type OrderName, orders } from './object-orders.ts';

/** As many objects as a list may have. */
const MOST = 10_000;

export interface MemoryChoice {
  readonly sortBy: OrderName;
  readonly groupBy?: Grouping;
  readonly limit: number;
}

/** What `aktis memory` tells. */
export interface MemoryReport {
  readonly stores: readonly NodeStore[];
  readonly groups?: readonly ObjectCount[];
  /** The first of them. */
  readonly objects: readonly ObjectInfo[];
}

interface NodeStore extends MemoryStats {
  readonly nodeId: string;
}

/** What lives on a worker, or runs there: `Counter`, `load`. */
export type Residents = ReadonlyMap<string, readonly string[]>;

export interface MemoryFindings {
  readonly report: MemoryReport;
  readonly residents: Residents;
  /** Of the list of objects. */
  readonly facts: StateListFacts;
}

export async function memoryReport({ source }: Session, choice: MemoryChoice): Promise<MemoryFindings> {
  const { sortBy, groupBy, limit } = choice;
  const [nodes, answer] = await Promise.all([
    source.nodes(),
    source.list('objects', {
      limit: sortBy === 'size' && groupBy === undefined ? Math.max(1, limit) : MOST,
      detail: true,
    }),
  ]);
  const objects = [...answer.items].sort(orders[sortBy]).slice(0, limit);
  const stores = nodes.flatMap(({ nodeId, usage }) => (usage === undefined ? [] : [{ nodeId, ...usage.objectStore }]));
  const groups = groupBy === undefined ? {} : { groups: groupObjects(answer.items, groupBy) };
  const holders = new Set(objects.flatMap(({ workerIds = [] }) => workerIds));
  const residents = holders.size === 0 ? new Map() : await findResidents(source, holders);
  return { report: { stores, ...groups, objects }, residents, facts: answer };
}

async function findResidents(source: Session['source'], holders: ReadonlySet<string>): Promise<Residents> {
  const [workers, actors] = await Promise.all([
    source.list('workers', { filters: [['state', '=', 'ALIVE']], limit: MOST, detail: true }),
    source.list('actors', { filters: [['state', '=', 'ALIVE']], limit: MOST }),
  ]);
  return residentsOf(
    workers.items.filter(({ workerId }) => holders.has(workerId)),
    actors.items,
  );
}

export function residentsOf(
  workers: readonly Pick<WorkerInfo, 'workerId' | 'tasks'>[],
  actors: readonly Pick<ActorInfo, 'workerId' | 'className' | 'name'>[],
): Residents {
  const residents = new Map<string, Set<string>>(workers.map(({ workerId }) => [workerId, new Set<string>()]));
  for (const { workerId = '', className, name } of actors) residents.get(workerId)?.add(name ?? className);
  for (const { workerId, tasks = [] } of workers) {
    // Calls of an actor, `Counter.add`, are told by the actor.
    for (const { name } of tasks) if (!name.includes('.')) residents.get(workerId)?.add(name);
  }
  return new Map([...residents].map(([workerId, names]) => [workerId, [...names]]));
}
