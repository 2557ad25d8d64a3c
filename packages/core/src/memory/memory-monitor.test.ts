import type { Task } from '../task.ts';
import type { WorkerThread } from '../worker-thread.ts';
import { machineMemory } from './machine-memory.ts';
import { MemoryMonitor } from './memory-monitor.ts';

interface Work {
  readonly name: string;
  readonly submittedAt: number;
  readonly retriesLeft: number;
  readonly hasStarted?: boolean;
}

let used: number;
let stopped: string[];
let warnings: string[];

beforeEach(() => {
  used = 0.97;
  stopped = [];
  warnings = [];
});

function monitor(...threads: Work[][]): MemoryMonitor {
  const pool = { threads: threads.map((work, number) => thread(`w${number}`, work)) };
  const logs = { warn: (text: string) => warnings.push(text) };
  return new MemoryMonitor({ pool, logs } as never, 0.95, () => ({ usedBytes: used * 2 ** 34, limitBytes: 2 ** 34 }));
}

function thread(workerId: string, work: Work[]): WorkerThread {
  const self = { workerId, state: 'ready', condemned: false, work: () => tasks, terminateForMemory };
  function terminateForMemory(reason: string) {
    self.condemned = true;
    stopped.push(`${workerId} ${reason}`);
  }
  const tasks = work.map(each => ({ hasStarted: true, ...each, state: 'sent', thread: self }) as unknown as Task);
  return self as unknown as WorkerThread;
}

test('nothing is stopped while there is room', () => {
  used = 0.94;
  monitor([{ name: 'a', submittedAt: 1, retriesLeft: 3 }]).check();
  expect(stopped).toEqual([]);
});

test('the newest work that may run again is stopped, and it is said', () => {
  monitor(
    [{ name: 'old', submittedAt: 1, retriesLeft: 3 }],
    [{ name: 'newer', submittedAt: 2, retriesLeft: -1 }],
    [{ name: 'newest', submittedAt: 3, retriesLeft: 0 }],
    [{ name: 'waiting', submittedAt: 4, retriesLeft: 3, hasStarted: false }],
  ).check();
  expect(stopped).toHaveLength(1);
  expect(stopped[0]).toMatch(/^w1 was stopped because the machine's memory was 97 % full \(15\.5 of 16\.0 GB/);
  expect(warnings[0]).toMatch(/worker w1 with newer/);
});

test('where nothing may run again, the newest is stopped', () => {
  monitor([{ name: 'old', submittedAt: 1, retriesLeft: 0 }], [{ name: 'new', submittedAt: 2, retriesLeft: 0 }]).check();
  expect(stopped.map(text => text.slice(0, 2))).toEqual(['w1']);
});

test('the next is stopped only when the memory of the first had time to be free', () => {
  const watched = monitor(
    [{ name: 'a', submittedAt: 1, retriesLeft: 1 }],
    [{ name: 'b', submittedAt: 2, retriesLeft: 1 }],
  );
  watched.check(10_000);
  watched.check(10_250);
  expect(stopped).toHaveLength(1);
  watched.check(11_000);
  expect(stopped.map(text => text.slice(0, 2))).toEqual(['w1', 'w0']);
});

test('the memory of this machine is read, and is between nothing and all', () => {
  const memory = machineMemory();
  if (process.platform !== 'linux') return expect(memory).toBeUndefined();
  expect(memory?.usedBytes).toBeGreaterThan(0);
  expect(memory?.usedBytes).toBeLessThan(memory?.limitBytes as number);
});
