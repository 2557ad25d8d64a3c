import { askCluster } from '@aktis/cluster';
import {
  get,
  getActorInfo,
  getLog,
  getStacks,
  getTaskInfo,
  InvalidOptionError,
  listActors,
  listLogs,
  listNodes,
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
  timeline,
} from 'aktis';
import { TestCluster } from './support/cluster.ts';

const nodeIdOf = remote(
  function nodeIdOf(word: string) {
    console.log(`said ${word}`);
    return runtimeContext().nodeId;
  },
  { schedulingStrategy: 'SPREAD' },
);
const refuses = remote(function refuses() {
  throw new RangeError('refused');
});
@remote({ schedulingStrategy: 'SPREAD' })
class Speaker {
  say(text: string) {
    console.log(text);
    return runtimeContext().nodeId;
  }
}

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await TestCluster.start(3);
});
afterAll(() => cluster.end());

const ids = () => cluster.nodes.map(({ node }) => node.id).sort();

test('a list has what all nodes ran, each once, and says where', async () => {
  const ran = await get(Array.from({ length: 30 }, (_, i) => nodeIdOf.remote(`n${i}`)));
  expect([...new Set(ran)].sort()).toEqual(ids());
  const tasks = await listTasks({ filters: [['name', '=', 'nodeIdOf']] });
  expect(tasks.total).toBe(30);
  expect(new Set(tasks.map(({ taskId }) => taskId)).size).toBe(30);
  for (const id of ids()) {
    const there = tasks.filter(({ nodeId }) => nodeId === id);
    expect(there).toHaveLength(ran.filter(other => other === id).length);
  }
  expect(tasks.missingNodes).toEqual([]);
  const page = await listTasks({ filters: [['name', '=', 'nodeIdOf']], sort: 'endedAt', limit: 4, offset: 3 });
  const ended = tasks.map(({ endedAt }) => endedAt as string).sort();
  expect(page.map(({ endedAt }) => endedAt)).toEqual(ended.slice(3, 7));
  expect(page.truncated).toBe(true);
});

test('a process that is no member asks through the control store', async () => {
  const store = cluster.store.connect();
  const request = { resource: 'tasks', query: { filters: [['name', '=', 'nodeIdOf']], limit: 1 } };
  const { items, total } = (await askCluster(store, 'state', request)) as StateAnswer<TaskInfo>;
  expect(total).toBe(30);
  expect(items[0]?.functionName).toBe('nodeIdOf');
  await expect(askCluster(store, 'state', { resource: 'tasks', query: { sort: 'colour' } })).rejects.toThrow(
    InvalidOptionError,
  );
  await expect(askCluster(store, 'colour', null)).rejects.toThrow("do not know the question 'colour'");
  await store.close();
});
