import type { ObjectInfo } from '@aktis/core';
import { columns } from '../format/columns.ts';
import { oneLine } from '../format/one-line.ts';
import { age, percent, size } from '../format/units.ts';
import { workerName } from '../format/worker-name.ts';
import type { MemoryReport, Residents } from './memory-report.ts';
import type { ObjectCount } from './object-groups.ts';

/** How many names of one worker are told. */
const NAMES = 3;

/** Stores, groups if there are any, and the objects: who made each, and who holds it. */
export function memoryTable({ stores, groups, objects }: MemoryReport, residents: Residents): string {
  const total = stores.reduce((sum, { usedBytes, spilledBytes }) => sum + usedBytes + spilledBytes, 0);
  const lines = stores.map(
    ({ nodeId, usedBytes, limitBytes, spilledBytes, objects }) =>
      `Node ${nodeId.slice(0, 12)}: ${objects} objects, ${size(usedBytes)} of ${size(limitBytes)} in memory, ${size(spilledBytes)} on disk`,
  );
  if (groups !== undefined) lines.push('', groupTable(groups));
  if (objects.length > 0) lines.push('', objectTable(objects, total, residents, stores.length > 1));
  return lines.join('\n');
}

function groupTable(groups: readonly ObjectCount[]): string {
  const rows = groups.map(({ group, objects, sizeBytes, spilledBytes, largestBytes }) => [
    oneLine(group, 60),
    String(objects),
    size(sizeBytes),
    size(spilledBytes),
    size(largestBytes),
  ]);
  return columns(['GROUP', 'OBJECTS', 'SIZE', 'ON DISK', 'LARGEST'], rows);
}

function objectTable(objects: readonly ObjectInfo[], total: number, residents: Residents, hasNodes: boolean): string {
  const rows = objects.map(object => [
    object.objectId,
    size(object.sizeBytes),
    percent(object.sizeBytes, total),
    `${object.location === 'SPILLED' ? 'disk' : 'memory'}${hasNodes ? ` of ${object.nodeId.slice(0, 12)}` : ''}`,
    age(object.createdAt),
    madeBy(object),
    heldBy(object, residents),
  ]);
  return columns(['OBJECT', 'SIZE', 'SHARE', 'WHERE', 'AGE', 'MADE BY', 'HELD BY'], rows);
}

/** `put by the driver at /app/main.ts:12:8`, `put in worker-3`, `load (task 3f9a…)` */
export function madeBy({ kind, creator, taskId, workerId, callSite }: ObjectInfo): string {
  if (kind === 'COPY') return 'a copy from another node';
  if (kind === 'RETURN') return `${oneLine(creator, 40)}${taskId === undefined ? '' : ` (task ${taskId})`}`;
  if (workerId !== undefined) return `put in ${workerName(workerId)}`;
  const place = /at (?:.*\()?(?:file:\/\/)?([^()]+:\d+:\d+)\)?/.exec(callSite ?? '')?.[1];
  return `put by the driver${place === undefined ? '' : ` at ${oneLine(place, 120)}`}`;
}

/** `driver, worker-3 (Counter), 2 unfinished tasks` */
export function heldBy(object: ObjectInfo, residents: Residents): string {
  const { referencedBy, references = {}, workerIds = [], nodeIds = [] } = object;
  const parts = referencedBy.flatMap(kind => {
    const count = references[kind] ?? 1;
    switch (kind) {
      case 'DRIVER':
        return ['driver'];
      case 'WORKER':
        return workerIds.length === 0 ? ['workers'] : workerIds.map(id => worker(id, residents.get(id) ?? []));
      case 'TASK_ARGUMENT':
        return [count === 1 ? 'an unfinished task' : `${count} unfinished tasks`];
      case 'NODE':
        return nodeIds.length === 0 ? ['other nodes'] : nodeIds.map(id => `node ${id.slice(0, 12)}`);
      case 'OBJECT':
        return [count === 1 ? 'another object' : `${count} other objects`];
      default:
        return [count === 1 ? 'an actor, for a restart' : `${count} actors, for restarts`];
    }
  });
  return parts.join(', ');
}

function worker(workerId: string, names: readonly string[]): string {
  const more = names.length > NAMES ? ` and ${names.length - NAMES} more` : '';
  const told = names.slice(0, NAMES).map(name => oneLine(name, 40));
  return `${workerName(workerId)}${told.length === 0 ? '' : ` (${told.join(', ')}${more})`}`;
}
