import {
  AktisError,
  ClusterUnreachableError,
  type NodeStateInfo,
  type StateAnswer,
  type StateRecords,
  type StateResource,
  type WorkerInfo,
} from '@aktis/core';
import type { ListQuery } from '@aktis/dashboard';
import type { Session } from '../session/session.ts';
import { type AnyRecord, type ResourceName, resources } from './resources.ts';

/** As many as a list may have. */
const MOST = 10_000;

/** Nodes and jobs of a cluster also when no node answers. */
export async function listRecords<R extends StateResource>(
  { source, store }: Session,
  resource: R,
  query: ListQuery,
): Promise<StateAnswer<StateRecords[R]>> {
  try {
    return await source.list(resource, query);
  } catch (error) {
    const isSilent = (error as { code?: string }).code === ClusterUnreachableError.code;
    if (!isSilent || store === undefined || (resource !== 'nodes' && resource !== 'jobs')) throw error;
    console.error('No node answers: this is what the control store knows');
    const { listStored } = await import('./stored-records.ts');
    return (await listStored(store, resource, query)) as unknown as StateAnswer<StateRecords[R]>;
  }
}

/**
 * One record with all details; of a task that was tried again, the newest attempt.
 *
 * @param id or what only its id begins with
 */
export async function findRecord(session: Session, name: ResourceName, id: string): Promise<AnyRecord> {
  const { resource, id: key, singular } = resources[name];
  const newest = resource === 'tasks' ? { sort: '-attempt' } : {};
  const exactly = async (id: string): Promise<AnyRecord | undefined> => {
    const query = { filters: [[key, '=', id]] as const, limit: 1, detail: true, ...newest };
    return (await listRecords(session, resource, query)).items[0];
  };
  const found = await exactly(id);
  if (found !== undefined) return found;
  const query = { filters: [[key, 'contains', id]] as const, limit: MOST };
  const { items } = await listRecords(session, resource, query);
  const ids = new Set(items.map(item => String(item[key as never])).filter(known => known.startsWith(id)));
  const [only] = ids;
  if (ids.size === 1) {
    const record = await exactly(only as string);
    if (record !== undefined) return record;
  }
  const how = ids.size > 1 ? `${ids.size} ids begin with ${id}` : `There is no ${singular} ${id} (any more)`;
  throw new AktisError(`${how}; see "aktis list ${name}"`);
}

export async function findNode(session: Session, id: string): Promise<NodeStateInfo> {
  return (await findRecord(session, 'nodes', id)) as NodeStateInfo;
}

/**
 * A living worker.
 *
 * @param worker its id, what only its id begins with, or its number as in `worker-3`
 */
export async function findWorker(session: Session, worker: string, nodeId?: string): Promise<WorkerInfo> {
  const number = /^(?:worker-)?(\d{1,7})$/.exec(worker)?.[1];
  const filters = [
    ['state', '=', 'ALIVE'] as const,
    number === undefined ? (['workerId', 'contains', worker] as const) : (['number', '=', number] as const),
    ...(nodeId === undefined ? [] : [['nodeId', '=', nodeId] as const]),
  ];
  const { items } = await listRecords(session, 'workers', { filters, limit: MOST });
  const found = items.filter(({ workerId }) => number !== undefined || workerId.startsWith(worker));
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  const how =
    found.length === 0 ? `There is no living worker ${worker}` : `${found.length} workers are ${worker}: give the id`;
  throw new AktisError(`${how}; see "aktis list workers"`);
}
