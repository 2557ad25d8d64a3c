import { askCluster, findAccess, openStore } from '@aktis/cluster';
import {
  get,
  getActorInfo,
  getLog,
  getStacks,
  getTaskInfo,
  InvalidOptionError,
  kill,
  listActors,
  listLogs,
  listNodes,
  listObjects,
  listTasks,
  listWorkers,
  memoryStats,
  NodeDiedError,
  profileThread,
  remote,
  runtimeContext,
  type StateAnswer,
  summarizeActors,
  summarizeTasks,
  type TaskInfo,
  takeHeapSnapshot,
  timeline,
} from 'aktis';
import { Cluster } from 'aktis/testing';

const speaks = remote(function speaks(word: string) {
  console.log(`said ${word}`);
  return runtimeContext().nodeId;
});
const refuses = remote(function refuses() {
  throw new RangeError('refused');
});
const whereIs = remote(function whereIs() {
  return runtimeContext().nodeId;
});
const asks = remote(function asks(nodeId: string) {
  return get(whereIs.options({ schedulingStrategy: { nodeId } }).remote());
});
const makesMuch = remote(function makesMuch() {
  return 'much '.repeat(100_000);
});

@remote()
class Speaker {
  say(text: string) {
    console.log(text);
    return runtimeContext().nodeId;
  }
  spin(milliseconds: number) {
    for (const end = Date.now() + milliseconds; Date.now() < end; );
  }
}

let cluster: Cluster;
let ran: string[];
beforeAll(async () => {
  // A node that hangs is to be asked, not buried.
  cluster = await Cluster.start({ nodes: 3, store: 'nats', timing: { suspectAfter: 60_000, deadAfter: 120_000 } });
  await cluster.connect();
  ran = await get(Array.from({ length: 30 }, (_, i) => speaks.options(on(i)).remote(`n${i}`)));
});
afterAll(() => cluster.end());

const on = (i: number) => ({ schedulingStrategy: { nodeId: cluster.nodes[i % 3]?.id as string } });
const ids = () => cluster.nodes.map(({ id }) => id).sort();
const said = [['name', '=', 'speaks']] as const;

test('a list has what all nodes ran, each once, and says where', async () => {
  expect([...new Set(ran)].sort()).toEqual(ids());
  const tasks = await listTasks({ filters: [...said] });
  expect(tasks.total).toBe(30);
  expect(new Set(tasks.map(({ taskId }) => taskId)).size).toBe(30);
  for (const id of ids()) {
    const there = tasks.filter(({ nodeId }) => nodeId === id);
    expect(there).toHaveLength(ran.filter(other => other === id).length);
  }
  expect(tasks.missingNodes).toEqual([]);
  const page = await listTasks({ filters: [...said], sort: 'endedAt', limit: 4, offset: 3 });
  const ended = tasks.map(({ endedAt }) => endedAt as string).sort();
  expect(page.map(({ endedAt }) => endedAt)).toEqual(ended.slice(3, 7));
  expect(page.truncated).toBe(true);
});

test('an actor is listed once, by the node it lives on, under the id its handle shows', async () => {
  const speakers = Array.from({ length: 3 }, (_, i) => Speaker.options(on(i)).remote());
  const where = await get(speakers.map((speaker, i) => speaker.say.remote(`speaker ${i}`)));
  const actors = await listActors();
  expect(actors.total).toBe(3);
  expect(actors.map(({ nodeId }) => nodeId).sort()).toEqual([...where].sort());
  const actorId = /\((\w+)\)/.exec(String(speakers[0]))?.[1] as string;
  expect(await getActorInfo(actorId)).toMatchObject({ className: 'Speaker', state: 'ALIVE', nodeId: where[0] });
  const calls = await listTasks({ filters: [['actorId', '=', actorId]] });
  expect(calls.map(({ name }) => name).sort()).toEqual(['Speaker.constructor', 'Speaker.say']);
  expect((await getLog({ actorId })).map(({ text }) => text)).toEqual(['speaker 0']);
  expect((await summarizeActors()).states).toEqual({ ALIVE: 3 });
  await Promise.all(speakers.map(speaker => kill(speaker)));
  await expect(get((speakers[0] as (typeof speakers)[0]).say.remote('again'))).rejects.toThrow('was killed');
  const dead = await listActors({ filters: [['state', '=', 'DEAD']] });
  expect(dead.map(({ actorId }) => actorId)).toContain(actorId);
  expect(new Set(dead.map(({ actorId }) => actorId)).size).toBe(dead.total);
});

test('a failure that happened elsewhere is known once, with its error', async () => {
  const refs = Array.from({ length: 6 }, (_, i) => refuses.options(on(i)).remote());
  for (const ref of refs) await expect(get(ref)).rejects.toThrow('refused');
  const failed = await listTasks({
    filters: [
      ['state', '=', 'FAILED'],
      ['name', '=', 'refuses'],
    ],
  });
  expect(failed.map(({ taskId }) => taskId).sort()).toEqual(refs.map(({ id }) => id).sort());
  expect((await getTaskInfo(refs[0]?.id as string))?.error).toMatchObject({ type: 'RangeError', message: 'refused' });
  await expect(get(refs[1] as (typeof refs)[0])).rejects.toMatchObject({ taskId: refs[1]?.id });
  const { groups, missingNodes } = await summarizeTasks({ filters: [['name', '=', 'refuses']] });
  expect(groups).toMatchObject([{ name: 'refuses', total: 6, states: { FAILED: 6 } }]);
  expect(missingNodes).toBeUndefined();
});

test('what a task submits to a third node has that task as its parent', async () => {
  const ref = asks.options(on(0)).remote(on(1).schedulingStrategy.nodeId);
  expect(await get(ref)).toBe(on(1).schedulingStrategy.nodeId);
  const children = await listTasks({ filters: [['parentTaskId', '=', ref.id]] });
  expect(children.map(({ name, nodeId }) => [name, nodeId])).toEqual([['whereIs', on(1).schedulingStrategy.nodeId]]);
});

test('objects, workers, nodes and what they hold are those of all nodes', async () => {
  const kept = Array.from({ length: 6 }, (_, i) => makesMuch.options(on(i)).remote());
  await get(kept);
  const objects = await listObjects({ filters: [['creator', '=', 'makesMuch']] });
  expect([...new Set(objects.map(({ nodeId }) => nodeId))].sort()).toEqual(ids());
  expect(objects.map(({ objectId }) => objectId).sort()).toEqual(kept.map(({ id }) => id).sort());
  expect((await memoryStats()).usedBytes).toBeGreaterThanOrEqual(6 * 500_000);
  const workers = await listWorkers();
  expect([...new Set(workers.map(({ nodeId }) => nodeId))].sort()).toEqual(ids());
  const nodes = await listNodes({ filters: [['kind', '=', 'node']], sort: 'name' });
  expect(nodes.map(({ name }) => name)).toEqual(['node-0', 'node-1', 'node-2']);
  for (const { usage } of nodes) expect(usage?.workers).toBeGreaterThan(0);
});

test('logs are found by task, by worker and by node', async () => {
  const [task] = await listTasks({ filters: [...said], limit: 1 });
  const { taskId, workerId, nodeId } = task as TaskInfo;
  const [line] = await getLog({ taskId });
  expect(line).toMatchObject({ taskId, workerId, nodeId });
  expect(line?.text).toMatch(/^said n\d+$/);
  expect((await getLog({ workerId: workerId as string })).map(({ text }) => text)).toContain(line?.text);
  expect([...new Set((await listLogs()).map(log => log.nodeId))].sort()).toEqual(ids());
  expect(await getLog({ tail: 7 } as never)).toHaveLength(7);
  await expect(getLog({ taskId: 'f'.repeat(22) })).rejects.toThrow(InvalidOptionError);
});

test('whoever follows a task on another node gets its lines, and the end of it', async () => {
  const speaker = Speaker.remote();
  await get(speaker.say.remote('first'));
  const actorId = /\((\w+)\)/.exec(String(speaker))?.[1] as string;
  const texts: string[] = [];
  for await (const { text } of getLog({ actorId, follow: true })) {
    texts.push(text);
    if (texts.length === 1) await get(speaker.say.remote('second'));
    else await kill(speaker);
  }
  expect(texts).toEqual(['first', 'second']);
});

test('what a worker of another node does is asked of that node', async () => {
  const speaker = Speaker.remote();
  const nodeId = await get(speaker.say.remote('here'));
  const spinning = speaker.spin.remote(3_000);
  const actorId = /\((\w+)\)/.exec(String(speaker))?.[1] as string;
  const { workerId = '' } = (await getActorInfo(actorId)) ?? {};
  const [stack] = await getStacks({ workerId });
  expect(stack).toMatchObject({ workerId, nodeId });
  expect(stack?.frames.map(({ functionName }) => functionName)).toContain('spin');
  expect(await profileThread({ workerId, duration: 50 })).toHaveProperty('nodes');
  await get(spinning);
  expect(await takeHeapSnapshot({ workerId })).toMatchObject({ nodeId });
  expect(new Set((await getStacks()).map(found => found.nodeId)).size).toBe(3);
  expect(new Set((await getStacks({ nodeId })).map(found => found.nodeId))).toEqual(new Set([nodeId]));
  await expect(getStacks({ workerId: 'f'.repeat(22) })).rejects.toThrow(InvalidOptionError);
  await expect(profileThread({ nodeId: 'nowhere' })).rejects.toThrow('No node nowhere is known');
});

test('in the timeline every node is a process of its own', async () => {
  const events = await timeline();
  const titles = events.filter(({ name }) => name === 'process_name');
  const pids = new Set(titles.map(({ pid }) => pid));
  expect(pids.size).toBe(titles.length);
  expect(titles.map(({ args }) => args.nodeId)).toEqual(expect.arrayContaining(ids()));
  const ranOn = new Set(events.filter(({ name }) => name === 'speaks').map(({ pid }) => pid));
  expect(ranOn.size).toBe(3);
});

test('a process that is no member asks through the control store', async () => {
  const store = await openStore(findAccess(cluster), { name: 'test' });
  const request = { resource: 'tasks', query: { filters: said, limit: 1 } };
  const { items, total } = (await askCluster(store, 'state', request)) as StateAnswer<TaskInfo>;
  expect(total).toBe(30);
  expect(items[0]?.functionName).toBe('speaks');
  const wrong = askCluster(store, 'state', { resource: 'tasks', query: { sort: 'colour' } });
  await expect(wrong).rejects.toThrow(InvalidOptionError);
  await expect(askCluster(store, 'colour', null)).rejects.toThrow("do not know the question 'colour'");
  await store.close();
});

test('a node that does not answer holds up nobody for long, and is named', async () => {
  const frozen = await cluster.addNode({ numCpus: 1 });
  await listNodes(); // By now all have links to it.
  frozen.freeze();
  const began = performance.now();
  const [tasks, summary, nodes] = await Promise.all([listTasks({ filters: [...said] }), summarizeTasks(), listNodes()]);
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(tasks.total).toBe(30);
  for (const { missingNodes } of [tasks, summary, nodes]) expect(missingNodes).toEqual([frozen.id]);
  const known = nodes.find(({ nodeId }) => nodeId === frozen.id);
  expect(known).toMatchObject({ state: 'ALIVE', name: 'node-3' });
  expect(known).not.toHaveProperty('usage');
  await frozen.stop();
});

test('a node that is gone is listed as dead, with the reason', async () => {
  const leaver = await cluster.addNode({ numCpus: 1 });
  const nodeId = leaver.id;
  await leaver.stop();
  const dead = await listNodes({ filters: [['nodeId', '=', nodeId]] });
  expect(dead).toMatchObject([{ state: 'DEAD', deathReason: 'left: it was stopped', name: 'node-4' }]);
  await expect(getStacks({ nodeId })).rejects.toThrow(NodeDiedError);
  await expect(getStacks({ nodeId })).rejects.toThrow('it was stopped');
});
