import {
  ActorDiedError,
  availableResources,
  cancel,
  clusterResources,
  explain,
  get,
  init,
  nodes,
  PlacementGroupRemovedError,
  placementGroup,
  remote,
  runtimeContext,
  shutdown,
  timeline,
  UnschedulableError,
} from 'aktis';

const hold = remote(async function hold(milliseconds: number) {
  await new Promise(resolve => setTimeout(resolve, milliseconds));
  return Date.now();
});
const until = remote(async function until() {
  const { signal } = runtimeContext();
  await new Promise(resolve => signal.addEventListener('abort', resolve));
});
const one = remote(function one() {
  return 1;
});

@remote()
class Light {
  async wait(milliseconds: number) {
    await new Promise(resolve => setTimeout(resolve, milliseconds));
    return Date.now();
  }
  async useTask() {
    return get(one.remote());
  }
  hello() {
    return 'hello';
  }
}

beforeAll(async () => {
  await init({ numCpus: 2, resources: { tpu: 1 }, labels: { zone: 'a' } });
});
afterAll(() => shutdown());

async function free(name: string): Promise<number> {
  return (await availableResources())[name] ?? 0;
}

test('the node offers what init said', async () => {
  expect(await clusterResources()).toMatchObject({ CPU: 2, tpu: 1 });
  expect(await nodes()).toMatchObject([{ state: 'ALIVE', labels: { zone: 'a' }, resources: { total: { CPU: 2 } } }]);
});

test('a running task holds its resources and gives them back', async () => {
  const ref = until.options({ numCpus: 1.5, resources: { tpu: 1 } }).remote();
  while ((await free('CPU')) !== 0.5);
  expect(await free('tpu')).toBe(0);
  await cancel(ref);
  while ((await free('CPU')) !== 2);
  expect(await free('tpu')).toBe(1);
});

test('never more runs than there is', async () => {
  const start = Date.now();
  const ends = await get([
    hold.options({ resources: { tpu: 1 } }).remote(60),
    hold.options({ resources: { tpu: 1 } }).remote(60),
  ]);
  expect(Math.max(...ends) - start).toBeGreaterThanOrEqual(115);
});

test('ten tasks of a tenth of a CPU run at the same time', async () => {
  const start = Date.now();
  await get(Array.from({ length: 20 }, () => hold.options({ numCpus: 0.1 }).remote(100)));
  expect(Date.now() - start).toBeLessThan(1000);
});

test('numCpus 0 never waits for a CPU', async () => {
  const busy = [until.remote(), until.remote()];
  while ((await free('CPU')) !== 0);
  expect(await get(one.options({ numCpus: 0 }).remote())).toBe(1);
  for (const ref of busy) await cancel(ref);
});

test('what no node can run stays pending and says why', async () => {
  const ref = one.options({ resources: { unicorn: 1 } }).remote();
  expect(await explain(ref)).toMatch(/unicorn/);
  expect(await get(one.remote())).toBe(1);
  await cancel(ref);
});

test('an actor that names resources holds them for life, one that names none holds none', async () => {
  while ((await free('CPU')) !== 2);
  const light = Light.remote();
  await get(light.hello.remote());
  expect(await free('CPU')).toBe(2);
  const heavy = Light.options({ numCpus: 2 }).remote();
  await get(heavy.hello.remote());
  expect(await free('CPU')).toBe(0);
});

test('an actor whose last handle is gone gives its resources back to whoever waits for them', async () => {
  expect(await get(one.options({ numCpus: 2 }).remote())).toBe(1);
});

test('actors suspended in an await give their CPU back', async () => {
  const actors = Array.from({ length: 4 }, () => Light.options({ numCpus: 0 }).remote());
  await get(actors.map(actor => actor.hello.remote()));
  expect(await get(actors[0]?.hello.remote() as never)).toBe('hello');
});

test('labels and node affinity select nodes', async () => {
  const [node] = await nodes();
  expect(await get(one.options({ labelSelector: { zone: 'a' } }).remote())).toBe(1);
  await expect(get(one.options({ labelSelector: { zone: 'b' } }).remote())).rejects.toThrow(UnschedulableError);
  const here = { nodeId: node?.nodeId as string };
  expect(await get(one.options({ schedulingStrategy: here }).remote())).toBe(1);
  await expect(get(one.options({ schedulingStrategy: { nodeId: 'ff' } }).remote())).rejects.toThrow(UnschedulableError);
  expect(await get(one.options({ schedulingStrategy: { nodeId: 'ff', soft: true } }).remote())).toBe(1);
});

test('a placement group reserves resources until it is removed', async () => {
  const group = placementGroup([{ CPU: 1 }, { CPU: 1 }], { strategy: 'PACK' });
  await get(group.ready());
  expect(await group.wait(1000)).toBe(true);
  expect(await free('CPU')).toBe(0);
  const schedulingStrategy = { placementGroup: group, bundleIndex: 1 };
  expect(await get(one.options({ schedulingStrategy }).remote())).toBe(1);
  const running = until.options({ schedulingStrategy }).remote();
  const actor = Light.options({ numCpus: 1, schedulingStrategy: { placementGroup: group, bundleIndex: 0 } }).remote();
  expect(await get(actor.hello.remote())).toBe('hello');
  await group.remove();
  await expect(get(running)).rejects.toThrow(PlacementGroupRemovedError);
  await expect(get(actor.hello.remote())).rejects.toThrow(ActorDiedError);
  while ((await free('CPU')) !== 2);
});

test('the timeline is a Chrome trace of what ran', async () => {
  await get(one.options({ name: 'traced' }).remote());
  expect((await timeline()).find(event => event.name === 'traced')).toMatchObject({ ph: 'X' });
});
