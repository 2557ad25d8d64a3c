import type { ObjectInfo } from '@aktis/core';
import { residentsOf } from './memory-report.ts';
import { heldBy, madeBy, memoryTable } from './memory-table.ts';
import { groupObjects } from './object-groups.ts';
import { orders } from './object-orders.ts';

const WORKER_3 = 'd78433f700000300000000';

const object = (more: Partial<ObjectInfo> = {}): ObjectInfo => ({
  objectId: 'o1',
  sizeBytes: 500_000_000,
  location: 'MEMORY',
  kind: 'PUT',
  referencedBy: ['DRIVER'],
  nodeId: 'd78433f729b34d4e',
  creator: 'put',
  createdAt: '2026-01-01T00:00:00.000Z',
  ...more,
});

test('who made an object is told with the place of the put, the worker, or the task', () => {
  const callSite = '    at main (/app/src/main.ts:12:8)\n    at <anonymous> (/app/src/main.ts:20:1)';
  expect(madeBy(object({ callSite }))).toBe('put by the driver at /app/src/main.ts:12:8');
  expect(madeBy(object({ callSite: '    at file:///app/main.ts:3:4' }))).toBe('put by the driver at /app/main.ts:3:4');
  expect(madeBy(object())).toBe('put by the driver');
  expect(madeBy(object({ workerId: WORKER_3 }))).toBe('put in worker-3');
  expect(madeBy(object({ kind: 'RETURN', creator: 'load', taskId: 't1' }))).toBe('load (task t1)');
  expect(madeBy(object({ kind: 'COPY', creator: 'copy' }))).toBe('a copy from another node');
});

test('who holds it is told with what lives and runs on the worker', () => {
  const residents = residentsOf(
    [
      {
        workerId: WORKER_3,
        tasks: [
          { taskId: 't', name: 'load' },
          { taskId: 'u', name: 'Cache.get' },
        ],
      },
    ],
    [
      { workerId: WORKER_3, className: 'Cache' },
      { workerId: WORKER_3, className: 'Store', name: 'main store' },
      { workerId: 'other', className: 'Other' },
    ],
  );
  const held = object({
    referencedBy: ['WORKER', 'NODE', 'TASK_ARGUMENT', 'OBJECT', 'ACTOR'],
    references: { WORKER: 1, TASK_ARGUMENT: 3, OBJECT: 1, ACTOR: 1 },
    workerIds: [WORKER_3],
    nodeIds: ['0123456789abcdef'],
  });
  expect(heldBy(held, residents)).toBe(
    'worker-3 (Cache, main store, load), node 0123456789ab, 3 unfinished tasks, another object, an actor, for a restart',
  );
  expect(heldBy(held, new Map())).toMatch(/^worker-3, node 0123456789ab, 3 unfinished/);
  expect(heldBy(object(), new Map())).toBe('driver');
});

test('the largest is seen at a glance: its size, its share, who made it and who holds it', () => {
  const store = { nodeId: 'd78433f729b34d4e', usedBytes: 600e6, limitBytes: 2 ** 30, spilledBytes: 0, objects: 2 };
  const text = memoryTable({ stores: [store], objects: [object()] }, new Map());
  expect(text).toContain('Node d78433f729b3: 2 objects, 572.2 MiB of 1.0 GiB in memory, 0 B on disk');
  expect(text).toMatch(/^o1 +476\.8 MiB +83 % +memory .* put by the driver +driver$/m);
});

test('objects are counted by what is asked for, most bytes first', () => {
  const objects = [
    object({ sizeBytes: 10 }),
    object({ sizeBytes: 30, kind: 'RETURN', creator: 'load', location: 'SPILLED' }),
    object({ sizeBytes: 5, referencedBy: ['WORKER', 'DRIVER'] }),
  ];
  expect(groupObjects(objects, 'creator')).toEqual([
    { group: 'load', objects: 1, sizeBytes: 30, spilledBytes: 30, largestBytes: 30 },
    { group: 'put', objects: 2, sizeBytes: 15, spilledBytes: 0, largestBytes: 10 },
  ]);
  expect(groupObjects(objects, 'holder').map(({ group }) => group)).toEqual(['DRIVER', 'DRIVER, WORKER']);
});

test('objects are sorted by size, age, or references', () => {
  const few = object({ objectId: 'few', sizeBytes: 3, createdAt: '2026-01-02', references: { DRIVER: 1 } });
  const many = object({ objectId: 'many', sizeBytes: 1, createdAt: '2026-01-03', references: { TASK_ARGUMENT: 9 } });
  const old = object({ objectId: 'old', sizeBytes: 2, createdAt: '2026-01-01', references: { DRIVER: 1 } });
  const sorted = (name: keyof typeof orders) => [few, many, old].sort(orders[name]).map(({ objectId }) => objectId);
  expect(sorted('size')).toEqual(['few', 'old', 'many']);
  expect(sorted('age')).toEqual(['old', 'few', 'many']);
  expect(sorted('references')).toEqual(['many', 'few', 'old']);
});
