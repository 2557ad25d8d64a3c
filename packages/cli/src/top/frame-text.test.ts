import type { ActorInfo, NodeSeries, NodeStateInfo, WorkerInfo } from '@aktis/core';
import { busiest, type Frame, rate, taskCounts } from './frame.ts';
import { frameText, rowsPerTable } from './frame-text.ts';

const tasks = { pendingArgs: 1, pendingAssignment: 2, submitted: 3, running: 4, finished: 50, failed: 6 };
const node = {
  nodeId: '0123456789abcdef',
  name: 'box',
  state: 'ALIVE',
  resources: { total: { CPU: 4 }, available: { CPU: 1 } },
  usage: {
    cpuPercent: 151.4,
    memoryBytes: 2 ** 28,
    eventLoopDelay: 12,
    objectStore: { usedBytes: 2048, spilledBytes: 0, limitBytes: 2 ** 30, objects: 1 },
    tasks,
  },
} as unknown as NodeStateInfo;

const worker = (number: number, more: Partial<WorkerInfo>): WorkerInfo =>
  ({
    workerId: `01234567${number.toString(16).padStart(6, '0')}00000000`,
    number,
    nodeId: node.nodeId,
    running: 0,
    actors: 0,
    responsive: true,
    eventLoopUtilization: 0,
    ...more,
  }) as WorkerInfo;

const actor = { actorId: 'a1', className: 'Counter', pendingCalls: 7, callsPerSecond: 2.5 } as ActorInfo;

const frame: Frame = {
  title: 'the program with pid 1',
  at: new Date(2026, 0, 1, 12, 30, 15),
  nodes: [node, { ...node, nodeId: 'dead', state: 'DEAD' }],
  tasks,
  finishedPerSecond: 12.4,
  failedPerSecond: 0,
  workers: [
    worker(2, { responsive: false, running: 1, tasks: [{ taskId: 't', name: 'spin' }] }),
    worker(1, {
      eventLoopUtilization: 0.42,
      tasks: [
        { taskId: 'u', name: 'add' },
        { taskId: 'v', name: 'add' },
      ],
    }),
  ],
  workersInAll: 3,
  actors: [actor],
  actorsInAll: 1,
};

test('a frame tells of nodes, tasks, workers and actors, and how many are not shown', () => {
  expect(frameText(frame, 200, 5).split('\n')).toEqual([
    'aktis top   the program with pid 1   12:30:15',
    '',
    'NODE          NAME  STATE  CPU    MEMORY     OBJECTS + ON DISK  LOOP DELAY  TAKEN',
    '0123456789ab  box   ALIVE  151 %  256.0 MiB  2.0 KiB + 0 B      12 ms       CPU 3/4',
    '',
    'Tasks: 4 running, 3 in workers, 2 wait for resources or for their actor, 1 for arguments',
    '       50 finished (12/s), 6 failed (0/s)',
    '',
    'WORKER    NODE          BUSY     HEAP  ACTORS  RUNS',
    'worker-2  0123456789ab  blocked        0       spin',
    'worker-1  0123456789ab  42 %           0       add ×2',
    '… and 1 more workers',
    '',
    'ACTOR  CLASS    MAILBOX  CALLS  MEAN CALL  WORKER',
    'a1     Counter  7        2.5/s',
  ]);
});

test('it fits the screen: lines are cut, and tables leave lines for each other', () => {
  for (const line of frameText(frame, 40, 1).split('\n')) expect(line.length).toBeLessThanOrEqual(40);
  expect(frameText(frame, 200, 1)).toMatch(/worker-2 .*\n… and 2 more workers/);
  for (const screen of [24, 44, 100]) {
    const rows = rowsPerTable(screen);
    const long = {
      ...frame,
      nodes: Array(200).fill(node),
      workers: Array(200).fill(worker(1, {})),
      workersInAll: 200,
      actors: Array(200).fill(actor),
      actorsInAll: 200,
    };
    expect(frameText(long, 200, rows).split('\n').length).toBeLessThan(screen);
  }
  expect(rowsPerTable(5)).toBe(3);
});

test('a worker that is blocked is busier than one that can say how busy it is', () => {
  const workers = [
    worker(1, { eventLoopUtilization: 0.5 }),
    worker(2, { responsive: false, running: 1 }),
    worker(3, { eventLoopUtilization: 0.9 }),
    worker(4, { responsive: false, running: 0 }),
  ];
  expect(busiest(workers).map(({ number }) => number)).toEqual([2, 3, 1, 4]);
});

test('counts and rates of all nodes add up; a node that has measured nothing adds nothing', () => {
  expect(taskCounts([node, node, { ...node, usage: undefined }] as NodeStateInfo[])).toMatchObject({ running: 8 });
  const series = (finishedPerSecond: number[]) => ({ values: { finishedPerSecond } }) as unknown as NodeSeries;
  expect(rate([series([10, 20]), series([5]), series([])], 'finishedPerSecond')).toBe(20);
});
