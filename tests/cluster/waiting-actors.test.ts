import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ActorUnavailableError, availableResources, get, kill, nodes, remote, runtimeContext, wait } from 'aktis';
import { Cluster } from 'aktis/testing';

// Actors that hold resources for life, and wait for them where others are faster: they go where there is room.

@remote({ numCpus: 1, maxRestarts: -1 })
class Tally {
  #count = 0;
  add() {
    return ++this.#count;
  }
  where() {
    return runtimeContext().nodeId;
  }
  crash() {
    process.exit(3);
  }
}
const holds = remote(async function holds(file: string) {
  writeFileSync(`${file} runs`, '');
  while (!existsSync(file)) await new Promise(resolve => setTimeout(resolve, 5));
});
/** Makes an actor, says where it lives once it does, and waits with a task for a CPU of its own node. */
const makes = remote(async function makes() {
  const tally = Tally.remote();
  const values = await get([tally.add.remote(), tally.add.remote(), tally.where.remote()]);
  await kill(tally);
  return values;
});
const holdsHere = remote(async function holdsHere(file: string) {
  const { nodeId } = runtimeContext();
  const ref = holds.options({ schedulingStrategy: { nodeId } }).remote(file);
  writeFileSync(`${file} waits`, '');
  await get(ref);
});

const directory = mkdtempSync(join(tmpdir(), 'aktis-waiting-'));
const at = (nodeId: string) => ({ schedulingStrategy: { nodeId } }) as const;
async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 5));
}

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ nodes: [{ name: 'full', numCpus: 1 }] });
  await cluster.connect();
});
afterAll(async () => {
  await cluster.end();
  rmSync(directory, { recursive: true, force: true });
});

test('an actor that waits on the full node that made it goes to one that joins', async () => {
  const file = join(directory, 'first');
  const full = cluster.node('full');
  const holder = holds.remote(file);
  await until(() => existsSync(`${file} runs`));
  const made = makes.options({ numCpus: 0, ...at(full.id) }).remote();
  expect(await wait([made], { timeout: 300 })).toEqual([[], [made]]);
  const next = await cluster.addNode({ numCpus: 1 });
  expect(await get(made)).toEqual([1, 2, next.id]);
  writeFileSync(file, '');
  await get(holder);
  await next.stop();
  await until(async () => (await nodes()).length === 1);
});

test('an actor that restarts where others were faster goes to another node, and its calls with it, in their order', async () => {
  const file = join(directory, 'second');
  const full = cluster.node('full');
  const tally = Tally.remote();
  expect(await get(tally.where.remote())).toBe(full.id);
  const waiting = holdsHere.options({ numCpus: 0, ...at(full.id) }).remote(file);
  await until(() => existsSync(`${file} waits`));
  const free = Tally.remote();
  const value = get(free.where.remote());
  await expect(get(tally.crash.remote())).rejects.toThrow(ActorUnavailableError);
  await until(() => existsSync(`${file} runs`));
  const calls = Array.from({ length: 20 }, () => tally.add.remote());
  expect(await wait(calls, { timeout: 300 })).toEqual([[], calls]);
  const next = await cluster.addNode({ numCpus: 2 });
  expect(await value).toBe(next.id);
  writeFileSync(file, '');
  await get(waiting);
  expect(await get(calls)).toEqual(calls.map((_, i) => i + 1));
  await Promise.all([kill(tally), kill(free)]);
  await until(async () => (await availableResources()).CPU === 3);
});
