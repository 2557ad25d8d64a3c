import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type ActorHandle, get, nodes, remote, runtimeContext } from 'aktis';
import type { TestNode } from 'aktis/testing';
import { NetworkedCluster } from '../support/networked-cluster.ts';

// Cables that are cut: packets vanish and nobody is told, which no broken connection of one machine shows.

const limit = 180_000;

const where = remote(function where() {
  return runtimeContext().nodeId;
});
@remote({ maxConcurrency: 10 })
class Listener {
  #told: (() => void)[] = [];
  add(n: number) {
    return n + 1;
  }
  /** Until `tell`, which may never come. */
  wait() {
    return new Promise<void>(resolve => this.#told.push(resolve));
  }
}
/** Calls what waits on another node for as long as the cable holds. */
const callAndWait = remote(async function callAndWait({ listener }: { listener: ActorHandle<Listener> }, file: string) {
  await get(listener.add.remote(1));
  const waiting = get(listener.wait.remote());
  appendFileSync(file, 'called\n');
  try {
    await waiting;
    return 'answered';
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as Error).message}`;
  }
});
const addOn = remote(async function addOn({ listener }: { listener: ActorHandle<Listener> }) {
  return get(listener.add.remote(41));
});
/** Says where it is, again and again, as long as it may. */
@remote({ maxRestarts: -1, maxTaskRetries: -1 })
class Beacon {
  readonly #timer: NodeJS.Timeout;
  constructor(file: string) {
    const { nodeId } = runtimeContext();
    this.#timer = setInterval(() => appendFileSync(file, `${nodeId} ${Date.now()}\n`), 20);
  }
  where() {
    return runtimeContext().nodeId;
  }
  onStop() {
    clearInterval(this.#timer);
  }
}

const timing = { heartbeat: 400, tick: 200, suspectAfter: 2_000, deadAfter: 6_000, storeLossLimit: 4_500 };
const directory = mkdtempSync(join(tmpdir(), 'aktis-cuts-'));
const networked = new NetworkedCluster();
beforeAll(() => networked.start({ nodes: ['one', 'two', 'three'].map(name => ({ name })), timing }), limit);
afterAll(async () => {
  await networked.end();
  rmSync(directory, { recursive: true });
}, limit);

const at = (nodeId: string, soft = false) => ({ schedulingStrategy: { nodeId, soft } });

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(20);
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

test(
  'between two nodes: calls under way are rejected with the reason, new ones too, and after it is mended calls work again',
  networked.on(async cluster => {
    const [one, two] = cluster.nodes as [TestNode, TestNode];
    const listener = Listener.options(at(two.id)).remote();
    const file = join(directory, 'called');
    const caller = callAndWait.options({ ...at(one.id), maxRetries: 0 }).remote({ listener }, file);
    await until(() => linesOf(file).length === 1);
    await cluster.partition(one, two);
    const call = () => get(addOn.options({ ...at(one.id), maxRetries: 0 }).remote({ listener }));
    const begunMeanwhile = call().catch(error => error);
    // Everybody else still reaches both.
    expect(await get([one, two].map(({ id }) => where.options(at(id)).remote()))).toEqual([one.id, two.id]);
    expect((await nodes()).filter(({ state }) => state === 'ALIVE')).toHaveLength(3);
    expect(await get(caller)).toMatch(/^ERR_AKTIS_ACTOR_UNAVAILABLE .*lives.*(heard|silen)/);
    expect(await begunMeanwhile).toMatchObject({ code: 'ERR_AKTIS_ACTOR_UNAVAILABLE' });
    await cluster.heal();
    expect(await call()).toBe(42);
  }),
  limit,
);

test(
  'around a node: it is declared dead, stops by itself before its actor is anywhere else, and joins again as a new one',
  networked.on(async cluster => {
    const three = cluster.node('three');
    const { id } = three;
    const file = join(directory, 'beacon');
    const beacon = Beacon.options(at(id, true)).remote(file);
    expect(await get(beacon.where.remote())).toBe(id);
    const began = performance.now();
    await cluster.partition(three, ['server', 'driver', cluster.node('one'), cluster.node('two')]);
    expect(await cluster.declaredDead(id)).toMatch(/heard|silen|answer/);
    // What it said last may have been a heartbeat before; a busy machine finds out later.
    expect(performance.now() - began).toBeGreaterThan(timing.deadAfter - 2 * timing.heartbeat);
    const elsewhere = await get(beacon.where.remote());
    expect([cluster.node('one').id, cluster.node('two').id]).toContain(elsewhere);
    await until(() => linesOf(file).some(line => line.startsWith(elsewhere)));
    const times = (nodeId: string) =>
      linesOf(file).flatMap(line => (line.startsWith(nodeId) ? [Number(line.split(' ')[1])] : []));
    expect(times(id).at(-1)).toBeLessThan(times(elsewhere)[0] as number);
    await cluster.heal();
    await until(() => three.id !== id);
    await until(async () => (await nodes()).some(({ nodeId }) => nodeId === three.id));
    expect(await get(where.options(at(three.id)).remote())).toBe(three.id);
    expect(await get(beacon.where.remote())).toBe(elsewhere);
  }),
  limit,
);

test(
  'between a node and the control server alone: its peers tell it that they have the server, so it stops, and comes back',
  networked.on(async cluster => {
    const two = cluster.node('two');
    const { id } = two;
    await cluster.partition(two, 'server');
    const dead = cluster.declaredDead(id);
    // Links to it still work, and who is suspected serves what was begun.
    expect(await get(where.options(at(cluster.node('one').id)).remote())).toBe(cluster.node('one').id);
    expect(await dead).toMatch(/heard|silen|answer|fenced|left/);
    await expect(get(where.options(at(id)).remote())).rejects.toThrow();
    await cluster.heal();
    await until(() => two.id !== id);
    await until(async () => (await nodes()).some(({ nodeId }) => nodeId === two.id));
    expect(await get(where.options(at(two.id)).remote())).toBe(two.id);
  }),
  limit,
);
