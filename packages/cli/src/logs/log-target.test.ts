import { namedLog } from './log-target.ts';

const log = (nodeId: string, workerNumber: number, files: readonly string[] = []) => ({
  workerId: `${nodeId}${workerNumber}`,
  workerNumber,
  nodeId,
  files,
});
const logs = [log('a', 1), log('a', 12, ['/s/logs/worker-12.out', '/s/logs/worker-12.err']), log('b', 1), log('b', 2)];

test('a log is named by the number of its worker, with .out or .err for one stream', () => {
  expect(namedLog(logs, 'worker-12')).toEqual({ workerId: 'a12' });
  expect(namedLog(logs, 'worker-2.out')).toEqual({ workerId: 'b2', stream: 'stdout' });
  expect(namedLog(logs, 'worker-2.err')).toEqual({ workerId: 'b2', stream: 'stderr' });
});

test('or by a file that is listed, or by the id of its worker', () => {
  expect(namedLog(logs, '/s/logs/worker-12.err')).toEqual({ workerId: 'a12', stream: 'stderr' });
  expect(namedLog(logs, 'b1')).toEqual({ workerId: 'b1' });
});

test('what is not there, or on several nodes, is said', () => {
  for (const name of ['worker-3', 'worker-', 'worker-1.log', '/etc/passwd', '../worker-2.out', '/s/worker-2.out']) {
    expect(() => namedLog(logs, name)).toThrow(`There is no log ${name}; see "aktis logs"`);
  }
  expect(() => namedLog(logs, 'worker-1')).toThrow('2 nodes have a log worker-1: say which, with --node-id');
});
