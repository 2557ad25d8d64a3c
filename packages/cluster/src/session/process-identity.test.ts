import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isRunning, startTimeOf, thisProcess } from './process-identity.ts';

test('this process runs', () => {
  expect(isRunning(thisProcess())).toBe(true);
  expect(thisProcess().startTime).not.toBe('');
});

test('a process that ended does not run', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  await once(child, 'spawn');
  const identity = { pid: child.pid as number, startTime: startTimeOf(child.pid as number) ?? '' };
  expect(isRunning(identity)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isRunning(identity)).toBe(false);
});

test('another process with the same pid is not taken for it', () => {
  expect(isRunning({ ...thisProcess(), startTime: '1' })).toBe(false);
});

test.each([0, -1, 1.5, Number.NaN, 2 ** 30])('%d is no running process', pid => {
  expect(isRunning({ pid, startTime: '' })).toBe(false);
});
