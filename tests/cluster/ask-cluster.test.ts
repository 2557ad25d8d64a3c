import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  askCluster,
  ClusterNode,
  type ControlStore,
  NatsControlStore,
  NatsServer,
  type NodeRecord,
} from '@aktis/cluster';
import { ClusterUnreachableError, InvalidOptionError, type NodeStateInfo } from '@aktis/core';
import { declareQuestions, Node } from '@aktis/core/hub';

// A process that is no member asks over a real nats-server.

const token = 'a-token-of-sixteen-characters';
/** Does not get smaller, and is more than one message can have several times. */
const much = randomBytes(1_200_000).toString('hex');
let directory: string;
let server: NatsServer;
let store: NatsControlStore;
const nodes: { node: Node; store: ControlStore }[] = [];

async function connect(name: string): Promise<NatsControlStore> {
  return NatsControlStore.connect({ servers: server.url, token, name });
}

async function start(name: string): Promise<Node> {
  const own = await connect(name);
  const node = new Node({ numCpus: 1 });
  declareQuestions(node);
  node.questions.set('much', () => ({ from: name, much }));
  await ClusterNode.join(node, { store: own, security: { token }, kind: 'node', name, isHead: name === 'head' });
  nodes.push({ node, store: own });
  return node;
}

/** The same store, with something done before each request. */
function watched(before: (subject: string, message: string) => Promise<void> | undefined): ControlStore {
  return new Proxy(store as ControlStore, {
    get(target, name) {
      if (name !== 'request') return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name);
      return async (subject: string, message: string, timeout: number) => {
        await before(subject, message);
        return target.request(subject, message, timeout);
      };
    },
  });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aktis-ask-'));
  server = await NatsServer.start({ directory, port: 0, token });
  store = await connect('asker');
}, 60_000);
afterAll(async () => {
  for (const { node, store: own } of nodes) {
    await node.shutdown();
    await own.close();
  }
  await store?.close();
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
}, 60_000);

test('a cluster without nodes says that it has none', async () => {
  await expect(askCluster(store, 'nodes', null)).rejects.toThrow(ClusterUnreachableError);
  await expect(askCluster(store, 'nodes', null)).rejects.toThrow('it has none, only drivers');
});

test('one node answers for all, the head if it can', async () => {
  const other = await start('other');
  const head = await start('head');
  const { items } = (await askCluster(store, 'state', { resource: 'nodes' })) as { items: NodeStateInfo[] };
  expect(items.map(({ nodeId, usage }) => [nodeId, usage !== undefined])).toEqual([
    [other.id, true],
    [head.id, true],
  ]);
  expect(await askCluster(store, 'much', null)).toEqual({ from: 'head', much });
});

test('what it rejects with comes as the same error', async () => {
  const asked = askCluster(store, 'state', { resource: 'tasks', query: { limit: -1 } });
  await expect(asked).rejects.toThrow(InvalidOptionError);
  await expect(askCluster(store, 'profile', { workerId: 'f'.repeat(22) })).rejects.toThrow(
    'Nothing in the cluster has',
  );
});

test('what takes longer than a second is waited for', async () => {
  expect(await askCluster(store, 'profile', { duration: 1_500 })).toHaveProperty('nodes');
});

test('a node that is listed and silent is passed over', async () => {
  const [real] = (await store.table('nodes').list()).map(({ value }) => JSON.parse(value) as NodeRecord);
  const table = store.table('nodes');
  const nodeId = 'f'.repeat(32);
  const frozen: NodeRecord = { ...(real as NodeRecord), nodeId, name: 'frozen', isHead: true, startedAt: '2000-01-01' };
  await table.put(nodeId, JSON.stringify(frozen));
  const end = store.serve(`node.${nodeId}.ask`, () => new Promise<string>(() => {}));
  expect(await askCluster(store, 'much', null)).toEqual({ from: 'head', much });
  end();
  expect(await askCluster(store, 'much', null)).toEqual({ from: 'head', much });
  await table.delete(nodeId);
});

test('when a node ends between two slices, the next one is asked from the start', async () => {
  const head = nodes[1]?.node as Node;
  let requests = 0;
  const asked = watched(subject => {
    if (!subject.includes(head.id) || ++requests !== 2) return undefined;
    return head.shutdown();
  });
  expect(await askCluster(asked, 'much', null)).toEqual({ from: 'other', much });
  expect(requests).toBe(2);
});
