import { runtimeEnvironment } from './runtime-environment.ts';
import { SpareThreads } from './spare-threads.ts';
import type { WorkerThread } from './worker-thread.ts';

const here = runtimeEnvironment(undefined, undefined);
const other = runtimeEnvironment({ env: { COLOR: 'red' } }, undefined);

class FakeThread {
  state = 'starting';
  condemned = false;
  readonly environment: typeof here;

  constructor(environment: typeof here) {
    this.environment = environment;
  }

  terminate(): void {
    this.condemned = true;
  }
}

function spares({ processors = 8, mayStart = () => true, idle = 1e6 } = {}) {
  const started: FakeThread[] = [];
  const all = new SpareThreads({
    start(environment) {
      const thread = new FakeThread(environment);
      started.push(thread);
      return thread as unknown as WorkerThread;
    },
    mayStart,
    processors,
    idle,
  });
  const ready = () => {
    for (const thread of started) thread.state = 'ready';
  };
  /** An actor comes. Whether it found a thread. */
  const come = (environment = here) => {
    const found = all.take(environment) !== undefined;
    all.expect(environment);
    return found;
  };
  return { all, started, ready, come };
}

afterEach(() => {
  delete process.env.AKTIS_SPARE_TEST;
});

test('no thread stands by until an actor came, then one does, and is replaced when it was taken', () => {
  const { all, started, ready, come } = spares();
  all.refill();
  expect(started).toHaveLength(0);
  expect(come()).toBe(false);
  all.refill();
  all.refill();
  expect(started).toHaveLength(1);
  ready();
  expect(come()).toBe(true);
  all.refill();
  expect(started).toHaveLength(2);
  all.giveBack();
});

test('a thread serves only the environment it was started for', () => {
  const { all, ready, come } = spares();
  come(other);
  all.refill();
  ready();
  expect(all.take(here)).toBeUndefined();
  expect(all.take(other)).toBeDefined();
});

test('a thread that saw other environment variables than a fresh one would is not given away', () => {
  const { all, started, ready, come } = spares();
  come();
  all.refill();
  ready();
  process.env.AKTIS_SPARE_TEST = 'changed';
  expect(all.take(here)).toBeUndefined();
  expect(started[0]?.condemned).toBe(true);
});

test('more stand by while actors come faster than threads start, up to the processors, and four', () => {
  const { all, started, come } = spares({ processors: 3 });
  come();
  for (let i = 0; i < 20; i++) {
    all.refill();
    expect(come()).toBe(true);
  }
  // Those that were taken are not counted: what stands by at the end.
  const taken = 20;
  all.refill();
  expect(started.length - taken).toBe(3);
  all.giveBack();
});

test('one that nobody takes for a while ends, and none follows until the next actor', async () => {
  const { all, started, come } = spares({ idle: 1 });
  come();
  all.refill();
  await new Promise<void>(resolve => {
    const thread = started[0] as FakeThread;
    thread.terminate = () => {
      thread.condemned = true;
      resolve();
    };
  });
  all.refill();
  expect(started).toHaveLength(1);
});

test('none is started while none may be', () => {
  let mayStart = false;
  const { all, started, come } = spares({ mayStart: () => mayStart });
  come();
  all.refill();
  expect(started).toHaveLength(0);
  mayStart = true;
  all.refill();
  expect(started).toHaveLength(1);
  all.giveBack();
});

test('one that dies is not replaced by itself', () => {
  const { all, started, come } = spares();
  come();
  all.refill();
  all.forget(started[0] as unknown as WorkerThread);
  expect(all.take(here)).toBeUndefined();
});
