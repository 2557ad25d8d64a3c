import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync, rmSync } from 'node:fs';
import { current, type NodeNews } from '@aktis/core';
import {
  get,
  getActorInfo,
  getJobInfo,
  getLog,
  getNodeInfo,
  getObjectInfo,
  getPlacementGroupInfo,
  getStacks,
  getTaskInfo,
  getWorkerInfo,
  InvalidOptionError,
  init,
  kill,
  type LogLine,
  listActors,
  listJobs,
  listLogs,
  listNodes,
  listObjects,
  listPlacementGroups,
  listTasks,
  listWorkers,
  logContext,
  type MetricInfo,
  metrics,
  type NodeSeries,
  type ObjectRef,
  placementGroup,
  profileThread,
  put,
  remote,
  shutdown,
  summarizeActors,
  summarizeObjects,
  summarizeTasks,
  takeHeapSnapshot,
} from 'aktis';

const add = remote(function add(a: number, b: number) {
  return a + b;
});
const refuse = remote(
  function refuse(): number {
    throw new RangeError('not today');
  },
  { maxRetries: 2, retryExceptions: true },
);
const exit = remote(
  function exit() {
    console.log('my last words');
    process.exit(7);
  },
  { maxRetries: 1 },
);
/** Waits for what the driver puts into shared memory, so that tests decide when it ends. */
const waitFor = remote(async function waitFor(gate: Int32Array, ..._rest: unknown[]) {
  while (Atomics.load(gate, 0) === 0) await new Promise(resolve => setTimeout(resolve, 2));
  return 'through';
});
const spin = remote(function spin(gate: Int32Array) {
  console.log('spinning');
  turn(gate);
  return 1;
});
const parent = remote(async function parent() {
  return get(add.remote(1, 2));
});
const text = remote(function text(length: number) {
  return 'x'.repeat(length);
});
const speak = remote(async function speak(gate: Int32Array) {
  console.log('first');
  console.error('second');
  while (Atomics.load(gate, 0) === 0) await new Promise(resolve => setTimeout(resolve, 2));
  console.log('third');
});
const look = remote(async function look() {
  const tasks = await listTasks({ filters: [['name', '=', 'look']] });
  return { states: tasks.map(({ state }) => state), total: tasks.total, summary: await summarizeTasks() };
});

function turn(gate: Int32Array): void {
  while (Atomics.load(gate, 0) === 0);
}

@remote()
class Counter {
  #value = 0;

  constructor(..._rest: unknown[]) {
    console.log('made');
  }

  increment(by = 1): number {
    this.#value += by;
    console.log(`now ${this.#value}`);
    return this.#value;
  }

  async wait(gate: Int32Array): Promise<void> {
    while (Atomics.load(gate, 0) === 0) await new Promise(resolve => setTimeout(resolve, 2));
  }

  fail(): void {
    throw new TypeError('cannot count');
  }

  exit(): void {
    process.exit(3);
  }
}

@remote({ numCpus: 0 })
class Quiet {
  answer(): number {
    return 42;
  }
}

@remote()
class Broken {
  constructor() {
    throw new SyntaxError('no such thing');
  }
}

const hits = new metrics.Counter('state_test_hits', { tagKeys: ['page'] });

const whereTask = remote(function whereTask() {
  return logContext();
});
const Where = remote(
  class Where {
    here() {
      return logContext();
    }
  },
);

beforeEach(() => init({ numCpus: 2, logToDriver: false }));
afterEach(() => shutdown());

function newGate(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

function open(gate: Int32Array): void {
  Atomics.store(gate, 0, 1);
}

async function until<T>(find: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await find();
    if (found) return found;
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

async function ask<T>(question: string, value: unknown = {}): Promise<T> {
  return (await current.node?.runtime.ask(question, value)) as T;
}

describe('tasks', () => {
  test('a task that ended well tells where and when it ran', async () => {
    const before = Date.now();
    const ref = add.remote(1, 2);
    await get(ref);
    const [task] = await listTasks();
    expect(task).toEqual({
      taskId: ref.id,
      attempt: 0,
      name: 'add',
      functionName: 'add',
      type: 'NORMAL_TASK',
      state: 'FINISHED',
      jobId: expect.any(String),
      nodeId: current.node?.id,
      workerId: expect.any(String),
      submittedAt: expect.any(String),
      startedAt: expect.any(String),
      endedAt: expect.any(String),
      duration: expect.any(Number),
      requiredResources: { CPU: 1 },
    });
    const [submitted, started, ended] = [task?.submittedAt, task?.startedAt, task?.endedAt].map(at =>
      Date.parse(at as string),
    ) as [number, number, number];
    // The clocks of threads differ by a moment.
    expect(submitted).toBeGreaterThanOrEqual(before - 50);
    expect(started).toBeGreaterThanOrEqual(submitted - 50);
    expect(ended).toBeGreaterThanOrEqual(started);
    expect(ended).toBeLessThanOrEqual(Date.now() + 50);
  });

  test('one task, in detail: what it was given and what it waited for', async () => {
    const gate = newGate();
    const first = waitFor.remote(gate);
    const second = waitFor.remote(gate, first, 'abc');
    // It counts as running while its worker still loads its module; then it has not started.
    await until(async () => (await getTaskInfo(first.id))?.startedAt !== undefined);
    const waiting = await getTaskInfo(second.id);
    expect(waiting).toMatchObject({ state: 'PENDING_ARGS_AVAIL', argumentBytes: expect.any(Number) });
    expect(waiting?.reason).toMatch(/waits for its arguments; waitFor is running on worker/);
    expect(waiting).not.toHaveProperty('workerId');
    const running = await getTaskInfo(first.id);
    expect(running?.duration).toBeGreaterThanOrEqual(0);
    expect(running?.reason).toMatch(/is running on worker/);
    open(gate);
    await get(second);
    const done = await getTaskInfo(second.id);
    expect(done?.state).toBe('FINISHED');
    expect(Date.parse(done?.argsReadyAt as string)).toBeGreaterThanOrEqual(Date.parse(done?.submittedAt as string));
    expect(done).not.toHaveProperty('reason');
  });

  test('what is queued says which resources it waits for', async () => {
    const gate = newGate();
    const refs = [0, 1, 2].map(() => waitFor.remote(gate));
    const huge = waitFor.options({ numCpus: 64 }).remote(gate);
    await until(async () => (await listTasks({ filters: [['state', '=', 'RUNNING']] })).total === 2);
    const pending = await listTasks({ filters: [['state', '=', 'PENDING_NODE_ASSIGNMENT']], detail: true });
    expect(pending.total).toBe(2);
    const reasons = Object.fromEntries(pending.map(({ taskId, reason }) => [taskId, reason]));
    expect(reasons[huge.id]).toMatch(/needs 64 CPU, and no node has that much: CPU \(has 2\)/);
    expect(reasons[refs[2]?.id as string]).toMatch(/needs 1 CPU, which other work holds/);
    open(gate);
    await get(refs);
  });

  test('every attempt of a task that fails is a record, with the error', async () => {
    const ref = refuse.remote();
    await expect(get(ref)).rejects.toThrow('not today');
    const attempts = await listTasks({ filters: [['taskId', '=', ref.id]], sort: 'attempt', detail: true });
    expect(attempts.map(({ attempt, state }) => [attempt, state])).toEqual([
      [0, 'FAILED'],
      [1, 'FAILED'],
      [2, 'FAILED'],
    ]);
    for (const { error } of attempts) {
      expect(error).toMatchObject({ type: 'RangeError', message: 'not today' });
      expect(error?.stack).toContain('state.test.ts');
    }
    expect((await listTasks({ limit: 1 }))[0]?.error).toEqual({ type: 'RangeError', message: 'not today' });
    expect((await listTasks({ filters: [['error', 'contains', 'not TODAY']] })).total).toBe(3);
    expect((await getTaskInfo(ref.id))?.attempt).toBe(2);
  });

  test('a task that died with its worker tells which, when it began, and why', async () => {
    const ref = exit.remote();
    await expect(get(ref)).rejects.toThrow('exited with code 7');
    const attempts = await listTasks({ filters: [['taskId', '=', ref.id]], sort: 'attempt' });
    expect(attempts.map(({ attempt }) => attempt)).toEqual([0, 1]);
    for (const { state, error, workerId, startedAt } of attempts) {
      expect({ state, type: error?.type }).toEqual({ state: 'FAILED', type: 'WorkerDiedError' });
      expect(error?.message).toContain('exited with code 7');
      expect(startedAt).toBeDefined();
      expect((await getWorkerInfo(workerId as string))?.exitReason).toContain('exited with code 7');
      expect((await getLog({ workerId: workerId as string })).map(line => line.text)).toContain('my last words');
    }
    expect((await getLog({ taskId: ref.id })).map(line => line.text)).toEqual(['my last words', 'my last words']);
  });

  test('nested tasks name their parent, and a driver’s have none', async () => {
    const ref = parent.remote();
    await get(ref);
    const [child] = await listTasks({ filters: [['parentTaskId', '=', ref.id]] });
    expect(child).toMatchObject({ name: 'add', state: 'FINISHED' });
    expect(await getTaskInfo(ref.id)).not.toHaveProperty('parentTaskId');
  });

  test('methods and constructors are tasks of their actor', async () => {
    const counter = Counter.remote();
    await get(counter.increment.remote());
    await expect(get(counter.fail.remote())).rejects.toThrow('cannot count');
    const [actor] = await listActors();
    const tasks = await listTasks({ filters: [['actorId', '=', actor?.actorId as string]], sort: 'taskId' });
    expect(tasks.map(({ name, functionName, type, state }) => [name, functionName, type, state])).toEqual([
      ['Counter.constructor', 'Counter', 'ACTOR_CREATION_TASK', 'FINISHED'],
      ['Counter.increment', 'Counter.increment', 'ACTOR_TASK', 'FINISHED'],
      ['Counter.fail', 'Counter.fail', 'ACTOR_TASK', 'FAILED'],
    ]);
  });

  test('a summary counts by function and by state', async () => {
    const gate = newGate();
    await get([add.remote(1, 1), add.remote(1, 1)]);
    await expect(get(refuse.remote())).rejects.toThrow();
    const held = waitFor.remote(gate);
    await until(async () => (await getTaskInfo(held.id))?.state === 'RUNNING');
    const summary = await summarizeTasks();
    expect(summary).toMatchObject({ total: 6, dropped: 0, states: { FINISHED: 2, FAILED: 3, RUNNING: 1 } });
    expect(summary.groups.map(({ name, total, states }) => [name, total, states])).toEqual([
      ['refuse', 3, { FAILED: 3 }],
      ['add', 2, { FINISHED: 2 }],
      ['waitFor', 1, { RUNNING: 1 }],
    ]);
    const [, group] = summary.groups;
    expect(group?.meanDuration).toBeCloseTo((group?.totalDuration as number) / 2);
    expect((await summarizeTasks({ filters: [['name', '=', 'add']] })).total).toBe(2);
    open(gate);
    await get(held);
  });

  test('the list is an array that also tells what it leaves out', async () => {
    await get(Array.from({ length: 150 }, (_, i) => add.remote(i, 1)));
    const list = await listTasks();
    expect([list.length, list.total, list.truncated, list.dropped, list.missingNodes]).toEqual([100, 150, true, 0, []]);
    expect(Object.keys(list)).toHaveLength(100);
    expect(JSON.parse(JSON.stringify(list))).toHaveLength(100);
    const rest = await listTasks({ offset: 100 });
    expect([rest.length, rest.truncated]).toEqual([50, false]);
    expect(new Set([...list, ...rest].map(({ taskId }) => taskId)).size).toBe(150);
  });

  test('a task can ask too', async () => {
    const { states, total, summary } = await get(look.remote());
    expect({ states, total }).toEqual({ states: ['RUNNING'], total: 1 });
    expect(summary.groups).toHaveLength(1);
  });

  test('what is wrong with a question is said', async () => {
    // @ts-expect-error there is no such field
    const wrong = listTasks({ filters: [['stat', '=', 'FAILED']] });
    await expect(wrong).rejects.toThrow(InvalidOptionError);
    await expect(listTasks({ limit: 20_000 })).rejects.toThrow('limit is 20000');
    await expect(getTaskInfo('')).rejects.toThrow(TypeError);
    expect(await getTaskInfo('no such id')).toBeUndefined();
    await shutdown();
    await expect(listTasks()).rejects.toThrow('call init() first');
  });

  test('the newest 100,000 are kept, and it is known how many went', async () => {
    let last: ObjectRef<number> | undefined;
    for (let i = 0; i < 51; i++) {
      const refs = Array.from({ length: 2_000 }, (_, j) => add.remote(i, j));
      last = refs.at(-1);
      await get(refs);
    }
    const list = await listTasks({ limit: 1 });
    expect([list.total, list.dropped]).toEqual([100_000, 2_000]);
    expect((await summarizeTasks()).total).toBe(100_000);
    expect((await getTaskInfo((last as ObjectRef).id))?.state).toBe('FINISHED');
  });
});

describe('actors', () => {
  test('a living actor tells where it lives and what it has done', async () => {
    const gate = newGate();
    const counter = Counter.options({ name: 'hits', namespace: 'web', maxRestarts: 2, numCpus: 1 }).remote();
    await get([counter.increment.remote(), counter.increment.remote()]);
    const calls = [counter.wait.remote(gate), counter.increment.remote()];
    await until(async () => (await listTasks({ filters: [['name', '=', 'Counter.wait']] }))[0]?.state === 'RUNNING');
    const actor = await until(async () => (await listActors()).find(({ name }) => name === 'hits'));
    expect(actor).toMatchObject({
      className: 'Counter',
      namespace: 'web',
      state: 'ALIVE',
      pid: process.pid,
      detached: false,
      restarts: 0,
      pendingCalls: 2,
      callsDone: 2,
      requiredResources: { CPU: 1 },
    });
    expect(actor.callsPerSecond).toBeGreaterThan(0);
    expect(actor.meanCallDuration).toBeGreaterThan(0);
    expect(await getActorInfo(actor.actorId)).toMatchObject({ restartsLeft: 2, maxConcurrency: 1 });
    expect(await getWorkerInfo(actor.workerId as string)).toMatchObject({
      kind: 'ACTOR',
      actors: 1,
      running: 1,
      actorIds: [actor.actorId],
      tasks: [{ name: 'Counter.wait', taskId: expect.any(String) }],
    });
    open(gate);
    await get(calls);
  });

  test('one that cannot be created says why', async () => {
    const gate = newGate();
    const huge = Counter.options({ numCpus: 64 }).remote();
    const argument = waitFor.remote(gate);
    const unready = Counter.remote(argument);
    const actors = await until(async () => {
      // Both may have been created in the same millisecond.
      const list = await listActors({ detail: true, sort: '-state' });
      return list.length === 2 && list;
    });
    expect(actors.map(({ state }) => state)).toEqual(['PENDING_CREATION', 'DEPENDENCIES_UNREADY']);
    expect(actors[0]?.reason).toMatch(/needs 64 CPU, and no node has that much/);
    expect(actors[1]?.reason).toMatch(/waits for its arguments/);
    expect(actors[0]).not.toHaveProperty('workerId');
    open(gate);
    await get(unready.increment.remote());
    await kill(huge);
  });

  test('a dead one is remembered with its cause, one that restarts with how often', async () => {
    const broken = Broken.remote() as unknown as { x: unknown };
    const killed = Counter.remote();
    await get(killed.increment.remote());
    await kill(killed);
    const restarting = Counter.options({ maxRestarts: 1 }).remote();
    await expect(get(restarting.exit.remote())).rejects.toThrow();
    await get(restarting.increment.remote());
    await until(async () => (await listActors({ filters: [['state', '=', 'DEAD']] })).total === 2);
    const dead = await listActors({ filters: [['state', '=', 'DEAD']], sort: 'className' });
    expect(dead.map(({ className }) => className)).toEqual(['Broken', 'Counter']);
    expect(dead[0]?.deathCause?.message).toContain('no such thing');
    expect(dead[1]?.deathCause).toEqual({ type: 'ActorDiedError', message: 'Counter was killed by kill()' });
    expect(dead[1]).toMatchObject({ callsDone: 1, endedAt: expect.any(String) });
    const [alive] = await listActors({ filters: [['state', '=', 'ALIVE']] });
    expect(alive).toMatchObject({ restarts: 1 });
    const summary = await summarizeActors();
    expect(summary).toMatchObject({ total: 3, states: { ALIVE: 1, DEAD: 2 } });
    expect(summary.groups[0]).toMatchObject({ className: 'Counter', total: 2, restarts: 1 });
    expect(broken).toBeDefined();
  });

  test('ten thousand are listed page by page, or at once', async () => {
    const actors = Array.from({ length: 10_000 }, () => Quiet.remote());
    await get(actors.map(actor => actor.answer.remote()));
    const page = await listActors({ sort: '-callsDone', limit: 50, offset: 9_900 });
    expect([page.length, page.total, page.truncated]).toEqual([50, 10_000, true]);
    const all = await listActors({ limit: 10_000 });
    expect(new Set(all.map(({ actorId }) => actorId)).size).toBe(10_000);
    expect((await summarizeActors()).groups).toMatchObject([{ className: 'Quiet', total: 10_000, callsDone: 10_000 }]);
  });
});

describe('objects', () => {
  test('every object of some size tells what made it and what keeps it', async () => {
    const gate = newGate();
    const large = put(new Float64Array(200_000));
    const box = put({ large });
    const result = text.remote(5_000);
    const holder = waitFor.remote(gate, result, { inside: large });
    await until(async () => (await getTaskInfo(holder.id))?.state === 'RUNNING');
    const objects = await listObjects({ detail: true });
    expect(objects.map(({ objectId }) => objectId)).toEqual([large.id, result.id, box.id]);
    expect(objects[0]).toMatchObject({ kind: 'PUT', creator: 'put', location: 'MEMORY' });
    expect(objects[0]?.sizeBytes).toBeGreaterThanOrEqual(1_600_000);
    expect(objects[0]?.callSite).toContain('state.test.ts');
    expect(objects[0]?.references).toEqual({ TASK_ARGUMENT: 1, OBJECT: 1, WORKER: 1 });
    expect(objects[0]?.workerIds).toEqual([(await getTaskInfo(holder.id))?.workerId]);
    expect(objects[1]).toMatchObject({ kind: 'RETURN', creator: 'text', taskId: result.id });
    expect(objects[1]?.referencedBy).toContain('TASK_ARGUMENT');
    expect(objects[2]?.referencedBy).toEqual(['DRIVER']);
    expect((await listObjects({ filters: [['referencedBy', 'contains', 'OBJECT']] })).total).toBe(1);
    expect(await getObjectInfo(large.id)).toMatchObject({ objectId: large.id });
    const summary = await summarizeObjects();
    expect(summary.groups.map(({ creator, total }) => [creator, total])).toEqual([
      ['put', 2],
      ['text', 1],
    ]);
    open(gate);
    await get(holder);
  });

  test('what actors were made with is kept by them', async () => {
    const ref = put('x'.repeat(2_000));
    const counter = Counter.remote(ref);
    await get(counter.increment.remote());
    expect((await getObjectInfo(ref.id))?.referencedBy).toContain('ACTOR');
  });

  test('what does not fit is listed as spilled', async () => {
    await shutdown();
    await init({ objectStoreMemory: 100_000 });
    const refs = [1, 2, 3].map(() => put('x'.repeat(60_000)));
    const objects = await listObjects();
    expect(objects.map(({ location }) => location).sort()).toEqual(['MEMORY', 'SPILLED', 'SPILLED']);
    expect(await summarizeObjects()).toMatchObject({ total: 3, spilledBytes: expect.any(Number) });
    expect(await get(refs)).toHaveLength(3);
  });
});

describe('nodes, workers, jobs and placement groups', () => {
  test('a node tells how busy it is', async () => {
    await get(add.remote(1, 2));
    const [node] = await listNodes();
    expect(node).toMatchObject({ nodeId: current.node?.id, state: 'ALIVE', pid: process.pid });
    expect(node?.usage).toMatchObject({ tasks: { finished: 1, failed: 0, running: 0 }, actors: 0 });
    expect(node?.usage?.memoryBytes).toBeGreaterThan(1e6);
    expect(await getNodeInfo(node?.nodeId as string)).toMatchObject({ nodeId: node?.nodeId });
  });

  test('workers tell what their heaps hold, and which are too busy to tell', async () => {
    const gate = newGate();
    await get(add.remote(1, 2));
    const all = await until(async () => {
      const list = await listWorkers();
      return list.length > 0 && list.every(({ responsive }) => responsive) && list;
    });
    for (const { heapUsedBytes, heapLimitBytes, eventLoopUtilization } of all) {
      expect(heapUsedBytes).toBeGreaterThan(1e5);
      expect(heapLimitBytes).toBeGreaterThan(heapUsedBytes as number);
      expect(eventLoopUtilization).toBeLessThanOrEqual(1);
    }
    const ref = spin.remote(gate);
    const busy = await until(async () =>
      (await listWorkers()).find(({ responsive, running }) => !responsive && running > 0),
    );
    expect(busy).toMatchObject({ kind: 'TASK', running: 1, state: 'ALIVE' });
    open(gate);
    await get(ref);
  });

  test('the job is the driver’s script, a group says why it is pending', async () => {
    const [job] = await listJobs();
    expect(job).toMatchObject({ type: 'DRIVER', state: 'RUNNING', driverPid: process.pid });
    expect(await getJobInfo(job?.jobId as string)).toEqual(job);
    const ready = placementGroup([{ CPU: 1 }], { name: 'small' });
    const pending = placementGroup([{ CPU: 64 }], { name: 'large', strategy: 'SPREAD' });
    await get(ready.ready());
    expect(await getPlacementGroupInfo(ready.id)).toMatchObject({
      name: 'small',
      state: 'CREATED',
      strategy: 'PACK',
      bundles: [{ resources: { CPU: 1 }, nodeId: current.node?.id }],
    });
    const large = await getPlacementGroupInfo(pending.id);
    expect(large).toMatchObject({ name: 'large', state: 'PENDING', strategy: 'SPREAD' });
    expect(large?.reason).toMatch(/needs 64 CPU, and no node has that much/);
    pending.ready();
    await Promise.all([ready.remove(), pending.remove()]);
    const states = (await listPlacementGroups()).map(({ state }) => state);
    expect(states).toEqual(['REMOVED', 'REMOVED']);
    await expect(get(pending.ready())).rejects.toThrow('has been removed');
  });

  test('charts have a sample per second, and never more points than asked for', async () => {
    await get(add.remote(1, 2));
    const [series] = await until(async () => {
      const all = await ask<NodeSeries[]>('series');
      return (all[0]?.at.length ?? 0) >= 2 && all;
    });
    expect(series?.nodeId).toBe(current.node?.id);
    expect(series?.values.finished.at(-1)).toBe(1);
    expect(series?.values.memoryBytes).toHaveLength(series?.at.length as number);
    const [short] = await ask<NodeSeries[]>('series', { points: 1 });
    expect(short?.at).toHaveLength(1);
    const [later] = await ask<NodeSeries[]>('series', { since: Date.now() + 60_000 });
    expect(later?.at).toEqual([]);
  });

  test('what is counted for Prometheus: the node’s own numbers, and those of users', async () => {
    await get(add.remote(1, 2));
    hits.inc(2, { page: '/' });
    const all = await ask<MetricInfo[]>('nodeMetrics');
    const find = (name: string) => all.find(metric => metric.name === name);
    const node_id = current.node?.id as string;
    expect(find('aktis_tasks_finished_total')).toMatchObject({
      kind: 'counter',
      samples: [{ tags: { node_id }, value: 1 }],
    });
    expect(find('aktis_resources_total')?.samples).toContainEqual({ tags: { node_id, resource: 'CPU' }, value: 2 });
    expect(find('state_test_hits')).toMatchObject({
      tagKeys: ['node_id', 'page'],
      samples: [{ tags: { node_id, page: '/' }, value: 2 }],
    });
  });
});

describe('logs', () => {
  test('by task, actor, worker and stream', async () => {
    const gate = newGate();
    open(gate);
    const ref = speak.remote(gate);
    await get(ref);
    const lines = await getLog({ taskId: ref.id });
    expect(lines.map(({ stream, text }) => [stream, text])).toEqual([
      ['stdout', 'first'],
      ['stderr', 'second'],
      ['stdout', 'third'],
    ]);
    expect(lines[0]).toMatchObject({ taskId: ref.id, name: 'speak', nodeId: current.node?.id });
    expect((await getLog({ taskId: ref.id, stream: 'stderr' })).map(({ text }) => text)).toEqual(['second']);
    expect((await getLog({ taskId: ref.id, tail: 1 })).map(({ text }) => text)).toEqual(['third']);
    const counter = Counter.remote();
    await get([counter.increment.remote(), counter.increment.remote()]);
    const [actor] = await listActors();
    const { actorId, workerId } = actor as { actorId: string; workerId: string };
    expect((await getLog({ actorId })).map(({ text }) => text)).toEqual(['made', 'now 1', 'now 2']);
    expect((await getLog({ workerId })).map(({ text }) => text)).toContain('now 2');
    const [creation] = await listTasks({ filters: [['type', '=', 'ACTOR_CREATION_TASK']] });
    expect((await getLog({ taskId: creation?.taskId as string })).map(({ text }) => text)).toEqual(['made']);
    expect((await listLogs()).map(log => log.workerId)).toContain(workerId);
    const [job] = await listJobs();
    const ofJob = await getLog({ jobId: job?.jobId as string });
    expect(ofJob.map(({ text }) => text)).toEqual(['first', 'second', 'third', 'made', 'now 1', 'now 2']);
    expect(new Set(ofJob.map(({ jobId }) => jobId))).toEqual(new Set([job?.jobId]));
    await expect(getLog({ jobId: 'another' })).rejects.toThrow(/No job another is known/);
    await expect(getLog({ jobId: 'another', workerId })).rejects.toThrow(InvalidOptionError);
  });

  test('a logger of the user knows the ids of the code that logs', async () => {
    const [task, method] = [whereTask.remote(), Where.remote()];
    const found = await get(task);
    expect(found).toEqual({
      jobId: current.node?.jobId,
      nodeId: current.node?.id,
      workerId: expect.any(String),
      taskId: task.id,
    });
    const ofMethod = await get(method.here.remote());
    const [actor] = await listActors();
    expect(ofMethod).toMatchObject({ actorId: actor?.actorId, workerId: actor?.workerId, taskId: expect.any(String) });
    expect(logContext()).toEqual({ jobId: current.node?.jobId, nodeId: current.node?.id });
  });

  test('what ended is told once, by a cursor, with what was missed', async () => {
    const ask = async (after: object, limit?: number) => {
      const question = current.node?.questions.get('taskNews') as (
        value: unknown,
        asker: object,
      ) => Promise<NodeNews[]>;
      const [news] = await question({ after, ...(limit && { limit }) }, { thread: null, task: null });
      return news as NodeNews;
    };
    await get([whereTask.remote(), whereTask.remote(), whereTask.remote()]);
    const first = await ask({}, 2);
    expect([first.ended.length, first.hasMore, first.missed]).toEqual([2, true, 0]);
    const second = await ask({ [first.nodeId]: first.next });
    expect([second.ended.length, second.hasMore]).toEqual([1, false]);
    expect((await ask({ [first.nodeId]: second.next })).ended).toEqual([]);
    const ids = [...first.ended, ...second.ended].map(({ taskId }) => taskId);
    expect(new Set(ids).size).toBe(3);
    await expect(ask({}, 10_001)).rejects.toThrow(/limit is 10001/);
  });

  test('a follower sees lines as they come, and the end', async () => {
    const gate = newGate();
    const ref = speak.remote(gate);
    const seen: string[] = [];
    for await (const { text } of getLog({ taskId: ref.id, follow: true })) {
      seen.push(text);
      if (text === 'second') open(gate);
    }
    expect(seen).toEqual(['first', 'second', 'third']);
  });

  test('a follower can be sent away', async () => {
    const gate = newGate();
    const ref = speak.remote(gate);
    const controller = new AbortController();
    const seen: LogLine[] = [];
    for await (const line of getLog({ taskId: ref.id, follow: true, signal: controller.signal })) {
      seen.push(line);
      if (seen.length === 2) controller.abort();
    }
    expect(seen).toHaveLength(2);
    for await (const _ of getLog({ taskId: ref.id, follow: true })) break;
    open(gate);
    await get(ref);
  });

  test('a log of nothing is refused', async () => {
    await expect(getLog({ taskId: 'nobody' })).rejects.toThrow('No task nobody is known');
    // Of nothing in particular: everything.
    expect(Array.isArray(await getLog({}))).toBe(true);
    await expect(getLog({ taskId: 'a', workerId: 'b' })).rejects.toThrow('that of one thing');
    await expect(getLog({ taskId: 'a', tail: -1 })).rejects.toThrow('tail is -1');
  });
});

describe('a look into a worker', () => {
  test('also into one in an endless loop: its stack, its profile and its heap', async () => {
    const gate = newGate();
    const ref = spin.remote(gate);
    await until(async () => (await getTaskInfo(ref.id))?.state === 'RUNNING');
    const { workerId } = (await getTaskInfo(ref.id)) as { workerId: string };
    const stack = await until(async () => {
      const [info] = await getStacks({ workerId });
      return info?.frames.some(({ functionName }) => functionName === 'turn') === true && info;
    });
    expect(stack.frames.map(({ functionName }) => functionName)).toEqual(expect.arrayContaining(['turn', 'spin']));
    expect(stack.frames[0]?.url).toContain('state.test.ts');
    expect(stack.tasks).toEqual([{ taskId: ref.id, name: 'spin' }]);
    const all = await getStacks();
    expect(all.find(info => info.workerId !== workerId)?.frames).toEqual([]);
    const profile = (await profileThread({ workerId, duration: 100 })) as {
      nodes: { callFrame: { functionName: string } }[];
    };
    expect(profile.nodes.map(node => node.callFrame.functionName)).toContain('spin');
    const { file, sizeBytes } = await takeHeapSnapshot({ workerId });
    expect(sizeBytes).toBeGreaterThan(1e5);
    expect(existsSync(file)).toBe(true);
    rmSync(file);
    open(gate);
    expect(await get(ref)).toBe(1);
  });

  test('into the hub, and not into what is gone', async () => {
    expect(await profileThread({ duration: 20 })).toHaveProperty('nodes');
    await expect(getStacks({ workerId: 'nobody' })).rejects.toThrow('No living worker nobody is known');
    await expect(profileThread({ duration: -1 })).rejects.toThrow('duration is -1');
  });
});

test('diagnostics channels tell of tasks, actors and workers', async () => {
  const names = ['task:submit', 'task:finish', 'actor:create', 'actor:alive', 'actor:dead', 'worker:exit'];
  const messages: [string, Record<string, unknown>][] = [];
  const listener = (message: unknown, name: string | symbol) => {
    messages.push([String(name), message as Record<string, unknown>]);
  };
  for (const name of names) subscribe(`aktis:${name}`, listener);
  try {
    const ref = add.remote(1, 2);
    await get(ref);
    await expect(get(refuse.options({ retryExceptions: false }).remote())).rejects.toThrow();
    const counter = Counter.remote();
    await expect(get(counter.exit.remote())).rejects.toThrow();
    await until(async () => messages.some(([name]) => name === 'aktis:worker:exit'));
    const of = (name: string) => messages.filter(([other]) => other === `aktis:${name}`).map(([, message]) => message);
    expect(of('task:submit')[0]).toMatchObject({ taskId: ref.id, taskName: 'add', nodeId: current.node?.id });
    expect(of('task:finish')[0]).toMatchObject({ taskId: ref.id, state: 'FINISHED', attempt: 0 });
    expect(of('task:finish')[1]).toMatchObject({
      state: 'FAILED',
      error: { type: 'RangeError', message: 'not today' },
    });
    expect(of('actor:create')).toMatchObject([{ className: 'Counter' }]);
    expect(of('actor:alive')).toHaveLength(1);
    expect(of('actor:dead')[0]?.reason).toContain('exited with code 3');
    expect(of('worker:exit')[0]?.reason).toContain('exited with code 3');
  } finally {
    for (const name of names) unsubscribe(`aktis:${name}`, listener);
  }
});
