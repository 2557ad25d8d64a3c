import { AktisError, type StateAnswer, type StateRecords, type StateResource } from '@aktis/core';
import type { ListQuery } from '@aktis/dashboard';
import type { Session } from '../session/session.ts';
import { type AnyRecord, type ResourceName, resources } from './resources.ts';

/** As many as a list may have. */
const MOST = 10_000;

export function listRecords<R extends StateResource>(
  { source }: Session,
  resource: R,
  query: ListQuery,
): Promise<StateAnswer<StateRecords[R]>> {
  return source.list(resource, query);
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
