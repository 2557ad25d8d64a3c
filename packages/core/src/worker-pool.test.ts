import type { RuntimeEnvironment } from './runtime-environment.ts';
import { WorkerPool } from './worker-pool.ts';
import type { WorkerThread } from './worker-thread.ts';

const environment = (name: string) => ({ name }) as unknown as RuntimeEnvironment;
const UNIT = 10_000;

/** A pool for one CPU; `turn` gives a program's task a lane, and takes it away again. */
function poolOfOne() {
  const started: { readonly environment: RuntimeEnvironment; cpu: number; lanes: number; isEnded: boolean }[] = [];
  let now = 0;
  const timers: { readonly at: number; readonly callback: () => void }[] = [];
  const time = {
    now: () => now,
    after: (wait: number, callback: () => void) => void timers.push({ at: now + wait, callback }),
  };
  const pass = (milliseconds: number) => {
    const end = now + milliseconds;
    for (;;) {
      const next = timers.sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      timers.shift();
      now = next.at;
      next.callback();
    }
    now = end;
  };
  const start = (of: RuntimeEnvironment) => {
    const thread = {
      environment: of,
      cpu: 0,
      lanes: 0,
      isEnded: false,
      terminate: () => void (thread.isEnded = true),
    };
    started.push(thread);
    return thread as unknown as WorkerThread;
  };
  const pool = new WorkerPool(1, start, undefined, time);
  const turn = (of: RuntimeEnvironment) => {
    const thread = pool.forTasks(of, UNIT) as unknown as (typeof started)[number];
    Object.assign(thread, { cpu: UNIT, lanes: 1 });
    pass(50);
    Object.assign(thread, { cpu: 0, lanes: 0 });
    pool.onIdle(thread as unknown as WorkerThread);
  };
  return { started, turn, pass, alive: () => started.filter(({ isEnded }) => !isEnded).length };
}

test.each([
  ['short', 50],
  ['long', 2_000],
])('programs that take %s turns on one CPU keep their threads', (_, length) => {
  const { started, turn, pass } = poolOfOne();
  const programs = ['a', 'b', 'c'].map(environment);
  for (let i = 0; i < 100; i++) {
    for (const program of programs) {
      turn(program);
      pass(length);
    }
  }
  expect(started.length).toBe(3);
});

test('what is not used any more ends, down to the usual number', () => {
  const { turn, pass, alive } = poolOfOne();
  for (const name of ['a', 'b', 'c']) turn(environment(name));
  expect(alive()).toBe(3);
  pass(20_000);
  expect(alive()).toBe(1);
});

test('a thread that has been idle for a while makes room for another program, and there are never too many', () => {
  const { turn, pass, alive } = poolOfOne();
  turn(environment('old'));
  pass(15_000);
  turn(environment('new'));
  expect(alive()).toBe(1);
  for (let i = 0; i < 500; i++) turn(environment(`${i}`));
  expect(alive()).toBeLessThanOrEqual(40);
});
