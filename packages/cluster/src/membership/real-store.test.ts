import { MemoryControlStore } from '../memory/memory-control-store.ts';
import type { NodeRecord } from '../records.ts';
import { Membership, type MembershipTiming } from './index.ts';

// A tenth of the usual times, so that a test takes seconds. Nothing here depends on how long anything takes.
const timing: Partial<MembershipTiming> = {
  heartbeat: 100,
  heartbeatGap: 10,
  lease: 500,
  tick: 50,
  probeTimeout: 1_000,
  probeGap: 50,
};

async function join(store: MemoryControlStore, nodeId: string): Promise<Membership> {
  const record: NodeRecord = {
    nodeId,
    name: nodeId,
    pid: process.pid,
    host: 'localhost',
    address: '',
    state: 'ALIVE',
    isHead: false,
    kind: 'node',
    total: { CPU: 1 },
    labels: {},
    startedAt: new Date().toISOString(),
    version: '0.1.0',
  };
  return Membership.join({ store, record, load: () => ({ available: { CPU: 1 }, waiting: 0 }), timing });
}

const death = (observer: Membership) =>
  new Promise<NodeRecord>(resolve => {
    const end = observer.on({
      died: record => {
        end();
        resolve(record);
      },
    });
  });

test('on a real store and a real clock: a newcomer is seen, a crash is found, a farewell is heard', async () => {
  const store = new MemoryControlStore();
  const stores = [store, store.connect(), store.connect()] as const;
  const a = await join(stores[0], 'a');
  const joined = new Promise<string>(resolve => a.on({ joined: ({ record }) => resolve(record.nodeId) }));
  const b = await join(stores[1], 'b');
  expect(await joined).toBe('b');
  await join(stores[2], 'c');

  const crash = death(a);
  await stores[2].close();
  a.linkLost('c', 'connection reset');
  expect(await crash).toMatchObject({
    nodeId: 'c',
    deathReason: expect.stringMatching(/^crashed: its link to a closed/),
  });

  const farewell = death(a);
  await b.leave('the test is over');
  expect(await farewell).toMatchObject({ nodeId: 'b', deathReason: 'left: the test is over' });
  await a.leave('the test is over');
  await Promise.all(stores.map(each => each.close()));
});

test('a node that another has declared dead is told so', async () => {
  const store = new MemoryControlStore();
  const a = await join(store, 'a');
  const fenced = new Promise<string>(resolve => a.on({ fenced: resolve }));
  const nodes = store.table('nodes');
  const entry = await nodes.get('a');
  const dead = { ...JSON.parse(entry?.value as string), state: 'DEAD', deathReason: 'somebody said so' };
  await nodes.update('a', JSON.stringify(dead), entry?.revision as number);
  expect(await fenced).toBe('somebody said so');
  expect(a.standing()).toBe(false);
  await store.close();
});
