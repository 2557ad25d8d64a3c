import { SimulatedCluster, type SimulatedNode } from '../simulation/index.ts';
import type { Member } from './index.ts';

async function clusterOf(count: number, seed = 1): Promise<SimulatedCluster> {
  const cluster = new SimulatedCluster(seed);
  for (let i = 0; i < count; i++) await cluster.start();
  await cluster.time.pass(2_000);
  return cluster;
}

const names = (node: SimulatedNode) => [...node.membership.living()].map(({ record }) => record.name).sort();
const nodesOf = (cluster: SimulatedCluster) => cluster.nodes as [SimulatedNode, SimulatedNode, SimulatedNode];

/** How many milliseconds pass until `condition` holds. */
async function timeUntil(cluster: SimulatedCluster, condition: () => boolean, limit = 60_000): Promise<number> {
  const start = cluster.time.now;
  while (!condition() && cluster.time.now - start < limit) await cluster.time.pass(10);
  return cluster.time.now - start;
}

const deathSeenBy = (observer: SimulatedNode, victim: SimulatedNode) => () =>
  observer.membership.get(victim.nodeId) === undefined;

describe('members', () => {
  test('everybody knows everybody, and what they have free', async () => {
    const cluster = await clusterOf(3);
    for (const node of cluster.nodes) {
      expect(names(node)).toEqual(['node-1', 'node-2', 'node-3']);
      for (const member of node.membership.living()) {
        expect(member).toMatchObject({ available: { CPU: 4 }, waiting: 0, isSuspect: false });
      }
    }
  });

  test('a newcomer knows the load of the others within a second, and is told by joined', async () => {
    const cluster = await clusterOf(2);
    const joined: string[] = [];
    const [first] = nodesOf(cluster);
    first.membership.on({ joined: member => joined.push(member.record.name) });
    const newcomer = await cluster.start();
    await cluster.time.pass(200);
    expect(joined).toEqual(['node-3']);
    expect(newcomer.membership.get(first.nodeId)).toMatchObject({ available: { CPU: 4 }, isSuspect: false });
  });

  test('a change of load is heard at once, and many changes ten times a second', async () => {
    const cluster = await clusterOf(2);
    const [first, second] = nodesOf(cluster);
    const heard: number[] = [];
    second.membership.on({ changed: member => heard.push(member.waiting) });
    // Not right after a heartbeat.
    await cluster.time.pass(300);
    first.load.waiting = 7;
    first.membership.loadChanged();
    await cluster.time.pass(5);
    expect(heard).toEqual([7]);
    for (let i = 0; i < 1_000; i++) {
      first.load.waiting = i;
      first.membership.loadChanged();
      await cluster.time.pass(1);
    }
    await cluster.time.pass(200);
    expect(heard.length).toBeLessThanOrEqual(14);
    expect(second.membership.get(first.nodeId)?.waiting).toBe(999);
  });

  test('equal loads are not reported as changes', async () => {
    const cluster = await clusterOf(2);
    let changes = 0;
    cluster.nodes[0]?.membership.on({ changed: () => changes++ });
    await cluster.time.pass(60_000);
    expect(changes).toBe(0);
  });

  test('draining is seen by all', async () => {
    const cluster = await clusterOf(2);
    const [first, second] = nodesOf(cluster);
    const draining = first.membership.setDraining();
    await cluster.time.pass(20);
    await draining;
    expect(first.membership.self.state).toBe('DRAINING');
    expect(second.membership.get(first.nodeId)?.record.state).toBe('DRAINING');
  });

  test('two of one name are told apart by a number', async () => {
    const cluster = new SimulatedCluster(3);
    const [a, b, c] = [
      await cluster.start({ name: 'worker' }),
      await cluster.start({ name: 'worker' }),
      await cluster.start({ name: 'worker' }),
    ];
    expect([a, b, c].map(node => node.membership.self.name)).toEqual(['worker', 'worker-2', 'worker-3']);
    expect(a.membership.get(b.nodeId)?.record.name).toBe('worker-2');
  });

  test('another minor version is refused, by both names', async () => {
    const cluster = await clusterOf(1);
    await expect(cluster.start({ version: '0.2.7' })).rejects.toMatchObject({
      code: 'ERR_AKTIS_VERSION_MISMATCH',
      message: expect.stringMatching(/0\.2\.7.*0\.1\.0/),
    });
    await expect(cluster.start({ version: '0.1.9' })).resolves.toBeDefined();
  });

  test('an id that was used is refused', async () => {
    const cluster = await clusterOf(1);
    await expect(cluster.start({ nodeId: cluster.nodes[0]?.nodeId as string })).rejects.toThrow(/new id each time/);
  });
});

describe('death', () => {
  test('however many come and go, two hundred of the dead are remembered', async () => {
    const cluster = await clusterOf(1);
    const [first] = nodesOf(cluster);
    for (let i = 0; i < 210; i++) {
      const guest = await cluster.start();
      const leaving = guest.membership.leave('done');
      await cluster.time.pass(50);
      await leaving;
    }
    expect([...first.membership.dead()].length).toBeLessThanOrEqual(201);
  });

  test('a node that leaves is gone at once, with its reason', async () => {
    const cluster = await clusterOf(2);
    const [first, second] = nodesOf(cluster);
    const died: string[] = [];
    first.membership.on({ died: record => died.push(record.deathReason as string) });
    void second.membership.leave('aktis stop');
    expect(await timeUntil(cluster, deathSeenBy(first, second))).toBeLessThan(50);
    expect(died).toEqual(['left: aktis stop']);
    expect(first.membership.record(second.nodeId)).toMatchObject({ state: 'DEAD', deathReason: 'left: aktis stop' });
    expect(second.fenced).toBeUndefined();
  });

  test('a crash is known to all about a second later', async () => {
    const cluster = await clusterOf(4);
    const [victim, linked, other] = nodesOf(cluster);
    cluster.kill(victim, [linked]);
    expect(await timeUntil(cluster, deathSeenBy(other, victim))).toBeLessThan(1_500);
    expect(linked.membership.record(victim.nodeId)?.deathReason).toMatch(/^crashed: its link to node-2 closed/);
  });

  test('a crash that closes no link is found by silence, after 10 s', async () => {
    const cluster = await clusterOf(3);
    const [victim, other] = nodesOf(cluster);
    cluster.kill(victim, []);
    expect(await timeUntil(cluster, () => other.membership.get(victim.nodeId)?.isSuspect === true)).toBeLessThan(4_000);
    const rest = await timeUntil(cluster, deathSeenBy(other, victim));
    expect(rest).toBeGreaterThan(5_500);
    expect(rest).toBeLessThan(10_000);
    expect(other.membership.record(victim.nodeId)?.deathReason).toMatch(/has not heard it either/);
  });

  test('a link that closes between living nodes costs nobody the life', async () => {
    const cluster = await clusterOf(3);
    const [a, b] = nodesOf(cluster);
    cluster.closeLink(a, b);
    await cluster.time.pass(10);
    await cluster.time.pass(20_000);
    for (const node of cluster.nodes) expect(names(node)).toHaveLength(3);
    expect(a.membership.get(b.nodeId)?.isSuspect).toBe(false);
  });

  test.each([2_000, 5_000, 9_000])('a node that is busy or frozen for %d ms lives', async pause => {
    const cluster = await clusterOf(3);
    const [frozen, other] = nodesOf(cluster);
    frozen.process.stop();
    await cluster.time.pass(pause);
    expect(other.membership.get(frozen.nodeId)?.isSuspect).toBe(pause > 4_000);
    frozen.process.continue();
    await cluster.time.pass(5_000);
    expect(frozen.fenced).toBeUndefined();
    expect(frozen.membership.standing()).toBe(true);
    expect(other.membership.get(frozen.nodeId)?.isSuspect).toBe(false);
  });

  test('a driver that is busy for most of a minute lives, and one that vanished is found after it', async () => {
    const cluster = await clusterOf(3);
    const driver = await cluster.start({ kind: 'driver' });
    await cluster.time.pass(2_000);
    driver.process.stop();
    await cluster.time.pass(50_000);
    driver.process.continue();
    await cluster.time.pass(5_000);
    expect(driver.fenced).toBeUndefined();
    const [first] = nodesOf(cluster);
    expect(first.membership.get(driver.nodeId)).toMatchObject({ isSuspect: false });
    driver.process.stop();
    expect(await timeUntil(cluster, deathSeenBy(first, driver), 120_000)).toBeLessThan(70_000);
  });

  test('a node that was frozen too long is fenced before it serves anything more', async () => {
    const cluster = await clusterOf(3);
    const [frozen, other] = nodesOf(cluster);
    frozen.process.stop();
    expect(await timeUntil(cluster, deathSeenBy(other, frozen))).toBeLessThan(14_000);
    expect(frozen.fenced).toBeUndefined();
    frozen.process.continue();
    const standing = frozen.membership.standing();
    expect(standing).toBeInstanceOf(Promise);
    await cluster.time.pass(20);
    expect(await standing).toBe(false);
    expect(frozen.fenced).toMatch(/^silent for/);
    expect(frozen.membership.standing()).toBe(false);
  });

  test('the last but one is judged by the last alone', async () => {
    const cluster = await clusterOf(2);
    const [frozen, other] = nodesOf(cluster);
    frozen.process.stop();
    expect(await timeUntil(cluster, deathSeenBy(other, frozen))).toBeLessThan(14_000);
    expect(other.membership.record(frozen.nodeId)?.deathReason).toMatch(/no other node to ask/);
  });

  test('records left over from an earlier life of the cluster are buried', async () => {
    const cluster = await clusterOf(3);
    for (const node of cluster.nodes) cluster.kill(node, []);
    await cluster.time.pass(40_000);
    const newcomer = await cluster.start({ name: 'fresh' });
    expect(await timeUntil(cluster, () => names(newcomer).length === 1)).toBeLessThan(13_000);
    expect(newcomer.membership.record(cluster.nodes[0]?.nodeId as string)?.deathReason).toMatch(/^left over/);
  });
});

describe('the store', () => {
  test('an outage kills nobody, however long', async () => {
    const cluster = await clusterOf(3);
    cluster.server.goDown();
    await cluster.time.pass(10 * 60_000);
    cluster.server.comeUp();
    await cluster.time.pass(60_000);
    for (const node of cluster.nodes) {
      expect(node.fenced).toBeUndefined();
      expect([...node.membership.living()].map(member => member.isSuspect)).toEqual([false, false, false]);
    }
  });

  test('who dies during an outage is declared dead after it', async () => {
    const cluster = await clusterOf(3);
    const [victim, other] = nodesOf(cluster);
    cluster.server.goDown();
    await cluster.time.pass(2_000);
    cluster.kill(victim);
    await cluster.time.pass(60_000);
    expect(other.membership.get(victim.nodeId)).toMatchObject<Partial<Member>>({ isSuspect: true });
    cluster.server.comeUp();
    expect(await timeUntil(cluster, deathSeenBy(other, victim))).toBeLessThan(15_000);
  });

  test.each([
    ['notices at once', 0],
    ['does not notice', 3_600_000],
  ])('a node that is cut off from the store and %s fences itself before it is declared dead', async (_, notices) => {
    const cluster = await clusterOf(3);
    const [cutOff, other] = nodesOf(cluster);
    cutOff.store.cut(notices, 3_600_000);
    const fenced = await timeUntil(cluster, () => cutOff.fenced !== undefined);
    expect(fenced).toBeLessThan(10_000);
    expect(cutOff.fenced).toMatch(/could not reach the control store for 9 s, and peers have the store/);
    expect(other.membership.get(cutOff.nodeId)).toBeDefined();
    expect(await timeUntil(cluster, deathSeenBy(other, cutOff))).toBeLessThan(5_000);
  });

  test('a node that is cut off from everything fences itself', async () => {
    const cluster = await clusterOf(3);
    const [cutOff, other, third] = nodesOf(cluster);
    cluster.closeLink(cutOff, other);
    cluster.closeLink(cutOff, third);
    cutOff.store.cut(0, 3_600_000);
    await timeUntil(cluster, () => cutOff.fenced !== undefined);
    expect(cutOff.fenced).toMatch(/no peer answers/);
  });

  test('a driver that nobody answers, while the store is away, waits almost as long as the others would for it', async () => {
    const cluster = await clusterOf(2);
    const driver = await cluster.start({ kind: 'driver' });
    await cluster.time.pass(2_000);
    const [first, second] = nodesOf(cluster);
    for (const node of [first, second]) node.process.stop();
    cluster.server.goDown();
    await cluster.time.pass(45_000);
    expect(driver.fenced).toBeUndefined();
    expect(await timeUntil(cluster, () => driver.fenced !== undefined)).toBeLessThan(15_000);
    expect(driver.fenced).toMatch(/could not reach the control store for 5\d s, and no peer answers/);
  });

  test('a driver that nobody answered goes on when the store is back', async () => {
    const cluster = await clusterOf(2);
    const driver = await cluster.start({ kind: 'driver' });
    await cluster.time.pass(2_000);
    const [first, second] = nodesOf(cluster);
    for (const node of [first, second]) node.process.stop();
    cluster.server.goDown();
    await cluster.time.pass(20_000);
    cluster.server.comeUp();
    for (const node of [first, second]) node.process.continue();
    await cluster.time.pass(20_000);
    expect(driver.fenced).toBeUndefined();
    expect(first.membership.get(driver.nodeId)).toMatchObject({ isSuspect: false });
  });

  test('a node that is alone outlives any outage', async () => {
    const cluster = await clusterOf(1);
    cluster.server.goDown();
    await cluster.time.pass(60_000);
    cluster.server.comeUp();
    await cluster.time.pass(10_000);
    expect(cluster.nodes[0]?.fenced).toBeUndefined();
    expect(cluster.nodes[0]?.membership.standing()).toBe(true);
  });

  test('a store that lost its records gets them again', async () => {
    const cluster = await clusterOf(2);
    const [first] = nodesOf(cluster);
    cluster.server.goDown();
    await cluster.time.pass(5_000);
    cluster.server.table('nodes').delete(first.nodeId);
    cluster.server.comeUp();
    await cluster.time.pass(10_000);
    expect(cluster.server.table('nodes').get(first.nodeId)).toBeDefined();
    expect(first.fenced).toBeUndefined();
  });
});
