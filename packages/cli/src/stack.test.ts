import type { StackInfo } from '@aktis/core';
import { stackText } from './stack.ts';

const info = (number: number, more: Partial<StackInfo> = {}): StackInfo => ({
  workerId: `01234567${number.toString(16).padStart(6, '0')}00000000`,
  nodeId: '0123456789abcdef',
  frames: [],
  tasks: [],
  ...more,
});
const tasks = [{ taskId: 't1', name: 'spin' }];

test('each worker that does something has a paragraph, and the idle ones of a node share one', () => {
  const frames = [
    { functionName: 'inner', url: 'file:///app/main.ts', line: 3, column: 5 },
    { functionName: '', url: 'file:///app/main.ts', line: 9, column: 1 },
  ];
  const stacks = [
    info(1, { frames, tasks }),
    info(2),
    info(3, { tasks }),
    info(4),
    info(5, { nodeId: 'other' }),
    info(6, { problem: 'The worker did not answer' }),
  ];
  expect(stackText(stacks).split('\n')).toEqual([
    'worker-1 (0123456700000100000000) on node 0123456789ab runs spin (task t1)',
    '    at inner (file:///app/main.ts:3:5)',
    '    at <anonymous> (file:///app/main.ts:9:1)',
    '',
    'worker-3 (0123456700000300000000) on node 0123456789ab runs spin (task t1)',
    '    waits for its event loop: what it runs is in an await',
    '',
    'worker-6 (0123456700000600000000) on node 0123456789ab',
    '    The worker did not answer',
    '',
    'Idle on node 0123456789ab: worker-2, worker-4',
    '',
    'Idle on node other: worker-5',
  ]);
  expect(stackText([])).toBe('There are no workers.');
});
