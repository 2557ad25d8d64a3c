import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ActorHandle, get, NodeDiedError, type ObjectRef, remote, runtimeContext, shutdown, wait } from 'aktis';
import { Cluster } from 'aktis/testing';

// What the chaos test found by chance, one by one.

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5));
}

@remote({ maxRestarts: -1, maxTaskRetries: -1 })
class Tally {
  #count = 0;
  add() {
    return ++this.#count;
  }
  where() {
    return runtimeContext().nodeId;
  }
  /** The first call never ends. */
  async once(file: string) {
    if (existsSync(file)) return this.add();
    writeFileSync(file, '');
    return await new Promise<never>(() => {});
  }
}

/** Has the handle of an actor that somebody else owns. */
@remote
class Holder {
  readonly #tally: ActorHandle<Tally>;
  constructor({ tally }: { tally: ActorHandle<Tally> }) {
    this.#tally = tally;
  }
  async add() {
    return await get(this.#tally.add.remote());
  }
  async once(file: string) {
    return await get(this.#tally.once.remote(file));
  }
}

const makes = remote(async function makes(gate: string) {
  await until(() => existsSync(gate));
  return new Uint8Array(300_000).fill(7);
});
const reads = remote(async function reads({ ref }: { ref: ObjectRef<Uint8Array> }, started: string) {
  writeFileSync(started, '');
  return (await get(ref))[5];
});
const counts = remote({ maxRetries: -1, streamBuffer: 4 })(async function* counts(stop: string) {
  for (let i = 0; i < 12; i++) {
    if (i === 4) await until(() => existsSync(stop));
    yield [i, runtimeContext().nodeId] as const;
  }
});

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'aktis-recovery-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
let files = 0;
const newFile = () => join(root, String(files++));

let cluster: Cluster;
const idOf = (name: string) => cluster.node(name).id;
const on = (name: string) => ({ schedulingStrategy: { nodeId: idOf(name) } });
const rather = (name: string) => ({ schedulingStrategy: { nodeId: idOf(name), soft: true } });

beforeEach(async () => {
  cluster = await Cluster.start({ nodes: [{ name: 'here' }, { name: 'there' }] });
  await cluster.connect();
});
afterEach(() => cluster.end());

test('a borrowed actor that comes to live where its borrower is can be called there', async () => {
  const tally = Tally.options(rather('there')).remote();
  const holder = Holder.options(on('here')).remote({ tally });
  expect(await get([tally.where.remote(), holder.add.remote(), holder.add.remote()])).toEqual([idOf('there'), 1, 2]);
  await cluster.node('there').kill();
  expect(await get(tally.where.remote())).toBe(idOf('here'));
  expect(await get(holder.add.remote())).toBe(1);
  expect(await get(tally.add.remote())).toBe(2);
});

test('calls on a borrowed actor have the retries of that actor', async () => {
  const tally = Tally.options(rather('there')).remote();
  const holder = Holder.options(on('here')).remote({ tally });
  const file = newFile();
  const result = get(holder.once.remote(file));
  await Promise.race([until(() => existsSync(file)), result]);
  await cluster.node('there').kill();
  expect(await result).toBe(1);
});

test('a result that is awaited on the node that makes it arrives', async () => {
  const [gate, started] = [newFile(), newFile()];
  const ref = makes.options(on('here')).remote(gate);
  const value = get(reads.options(on('here')).remote({ ref }, started));
  await Promise.race([until(() => existsSync(started)), value]);
  writeFileSync(gate, '');
  expect(await value).toBe(7);
  expect(await get(reads.options(on('there')).remote({ ref }, newFile()))).toBe(7);
});

test('a stream goes on elsewhere where it was, though all that was made had been consumed', async () => {
  const stop = newFile();
  const stream = counts.remote(stop);
  const seen: (readonly [number, string])[] = [];
  for await (const ref of stream) {
    seen.push(await get(ref));
    if (seen.length === 4) {
      await cluster.node(seen[0]?.[1] as string).kill();
      writeFileSync(stop, '');
    }
  }
  expect(seen.map(([i]) => i)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  expect(seen[3]?.[1]).not.toBe(seen[4]?.[1]);
});

test('work goes to a node again whose link broke while both lived', async () => {
  const tally = Tally.options(on('there')).remote();
  const holder = Holder.options(on('here')).remote({ tally });
  expect(await get(holder.add.remote())).toBe(1);
  cluster.partition(cluster.node('here'), cluster.node('there'));
  cluster.heal();
  expect(await get(holder.add.remote())).toBe(2);
});

test('who waits for a result that lies elsewhere hears of the end of the session, though it could be made again', async () => {
  const gate = newFile();
  writeFileSync(gate, '');
  const ref = makes.options(on('there')).remote(gate);
  await wait([ref], { fetchLocal: false });
  cluster.node('there').freeze();
  const value = get(ref);
  await shutdown();
  await expect(value).rejects.toBeInstanceOf(NodeDiedError);
});
