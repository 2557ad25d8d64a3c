import type { ObjectInfo, TaskInfo } from '@aktis/core';
import { summaryTable } from './summary-tables.ts';
import { stateTable } from './tables.ts';

const task: TaskInfo = {
  taskId: 'a1',
  attempt: 0,
  name: 'add',
  functionName: 'add',
  type: 'NORMAL_TASK',
  state: 'FINISHED',
  jobId: 'j1',
  submittedAt: '2026-01-01T00:00:00.000Z',
  duration: 1500,
  requiredResources: { CPU: 1 },
};

test('records stand under headings; columns that nobody fills are left away', () => {
  expect(stateTable('tasks', [task]).split('\n')).toEqual([
    'TASK  NAME  STATE     SUBMITTED                 RAN',
    'a1    add   FINISHED  2026-01-01T00:00:00.000Z  1.5 s',
  ]);
  const failed: TaskInfo = { ...task, attempt: 1, state: 'FAILED', error: { type: 'RangeError', message: 'no\nway' } };
  expect(stateTable('tasks', [task, failed]).split('\n')).toEqual([
    'TASK  TRY  NAME  STATE     SUBMITTED                 RAN    ERROR',
    'a1         add   FINISHED  2026-01-01T00:00:00.000Z  1.5 s',
    'a1    2    add   FAILED    2026-01-01T00:00:00.000Z  1.5 s  RangeError: no way',
  ]);
});

test('an empty list says so', () => expect(stateTable('actors', [])).toBe('none'));

test('objects tell their size and who holds them', () => {
  const object: ObjectInfo = {
    objectId: 'o1',
    sizeBytes: 500_000_000,
    location: 'SPILLED',
    kind: 'PUT',
    referencedBy: ['DRIVER', 'WORKER'],
    nodeId: '0123456789abcdef',
    creator: 'put',
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  expect(stateTable('objects', [object])).toMatch(/^o1 +476\.8 MiB +put +DRIVER, WORKER +SPILLED .* 0123456789ab$/m);
});

test('a summary has a line for all and one for each group', () => {
  const states = { FINISHED: 2, FAILED: 1 };
  const group = {
    name: 'add',
    type: 'NORMAL_TASK',
    total: 3,
    states,
    meanDuration: 1,
    maxDuration: 2,
    totalDuration: 3,
  };
  expect(summaryTable('tasks', { total: 3, dropped: 0, states, groups: [group as never] }).split('\n')).toEqual([
    '3 tasks: 2 FINISHED, 1 FAILED',
    '',
    'FUNCTION  TYPE         TASKS  STATES                MEAN  LONGEST  IN ALL',
    'add       NORMAL_TASK  3      2 FINISHED, 1 FAILED  1 ms  2 ms     3 ms',
  ]);
  const counted = { creator: 'put', kind: 'PUT', total: 1, sizeBytes: 2048, spilledBytes: 1024 } as const;
  expect(summaryTable('objects', { total: 1, sizeBytes: 2048, spilledBytes: 1024, groups: [counted] })).toBe(
    '1 objects: 2.0 KiB, of which 1.0 KiB on disk\n\n' +
      'MADE BY  KIND  OBJECTS  SIZE     ON DISK\nput      PUT   1        2.0 KiB  1.0 KiB',
  );
});
