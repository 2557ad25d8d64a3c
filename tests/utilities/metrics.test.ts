import { get, InvalidOptionError, init, metrics, metricsSnapshot, remote, shutdown } from 'aktis';

const hits = new metrics.Counter('hits', { description: 'pages served', tagKeys: ['page', 'status'] });
const load = new metrics.Gauge('load');
const latency = new metrics.Histogram('latency', { boundaries: [10, 100], tagKeys: ['route'] });
const burst = new metrics.Counter('burst');
const times = new metrics.Histogram('times', { boundaries: [1] });
const early = new metrics.Counter('early');

const serve = remote(function serve(page: string) {
  hits.inc(1, { page, status: '200' });
  latency.observe(50, { route: page });
  load.set(0.5);
});
const serveMany = remote(function serveMany(count: number) {
  for (let i = 0; i < count; i++) {
    burst.inc(2);
    times.observe(i % 2 === 0 ? 1 : 2);
  }
});
const conflicting = remote(function conflicting() {
  const other = new metrics.Gauge('declared_twice');
  other.set(1);
});
const read = remote(function read() {
  return metricsSnapshot();
});

@remote()
class Server {
  serve(page: string) {
    hits.inc(1, { page, status: '500' });
  }
}

async function family(name: string) {
  return (await metricsSnapshot()).find(one => one.name === name);
}

async function samples(name: string) {
  return (await family(name))?.samples;
}

beforeAll(async () => {
  early.inc(3);
  await init({ numCpus: 2 });
});
afterAll(() => shutdown());

test('what driver, tasks and actors record is added up, and there before their results are', async () => {
  hits.inc(2, { page: '/', status: '200' });
  await get([serve.remote('/'), serve.remote('/a'), Server.remote().serve.remote('/')]);
  const byTags = (await samples('hits'))?.map(({ tags, value }) => `${tags.page} ${tags.status} ${value}`);
  expect(byTags?.sort()).toEqual(['/ 200 3', '/ 500 1', '/a 200 1']);
  expect(await family('hits')).toMatchObject({
    kind: 'counter',
    description: 'pages served',
    tagKeys: ['page', 'status'],
  });
});

test('a gauge has the last value that was set', async () => {
  load.set(0.1);
  await get(serve.remote('/gauge'));
  expect(await samples('load')).toEqual([{ tags: {}, value: 0.5 }]);
  load.set(-2);
  expect(await samples('load')).toEqual([{ tags: {}, value: -2 }]);
});

test('a histogram counts what was observed up to each boundary', async () => {
  for (const value of [1, 10, 11, 1000]) latency.observe(value, { route: '/h' });
  const sample = (await samples('latency'))?.find(({ tags }) => tags.route === '/h');
  expect(sample).toEqual({
    tags: { route: '/h' },
    value: 1022,
    count: 4,
    buckets: [
      { upTo: 10, count: 2 },
      { upTo: 100, count: 3 },
    ],
  });
});

test('nothing is lost in a burst', async () => {
  await get([serveMany.remote(50_000), serveMany.remote(50_000)]);
  const arrived = async () => ((await samples('burst'))?.[0]?.value ?? 0) + ((await samples('times'))?.[0]?.count ?? 0);
  while ((await arrived()) < 300_000) await new Promise(setImmediate);
  expect((await samples('burst'))?.[0]?.value).toBe(200_000);
  expect((await samples('times'))?.[0]).toMatchObject({ count: 100_000, buckets: [{ upTo: 1, count: 50_000 }] });
});

test('what the driver records before init counts', async () => {
  expect(await samples('early')).toEqual([{ tags: {}, value: 3 }]);
});

test('metrics can be read in a task', async () => {
  const seen = await get(read.remote());
  expect(seen.find(one => one.name === 'early')?.samples).toEqual([{ tags: {}, value: 3 }]);
});

test('default tags stand in for those that are not given', async () => {
  const calls = new metrics.Counter('calls', { tagKeys: ['from', 'to'] }).setDefaultTags({ from: 'here' });
  calls.inc(1, { to: 'there' });
  calls.inc(1, { from: 'home', to: 'there' });
  expect((await samples('calls'))?.map(({ tags }) => tags)).toEqual([
    { from: 'here', to: 'there' },
    { from: 'home', to: 'there' },
  ]);
  expect(() => calls.inc()).toThrow("no tag 'to'");
});

test('a metric declared in two ways counts only in the first', async () => {
  const first = new metrics.Counter('declared_twice');
  first.inc();
  await get(conflicting.remote());
  expect(await samples('declared_twice')).toEqual([{ tags: {}, value: 1 }]);
  expect(() => new metrics.Gauge('declared_twice')).toThrow(InvalidOptionError);
  new metrics.Counter('declared_twice').inc();
  expect(await samples('declared_twice')).toEqual([{ tags: {}, value: 2 }]);
});

test('wrong names, values and tags are errors', () => {
  expect(() => new metrics.Counter('')).toThrow(InvalidOptionError);
  expect(() => new metrics.Counter('two words')).toThrow('two words');
  expect(() => new metrics.Gauge('g', { tags: ['a'] } as never)).toThrow('tagKeys');
  expect(() => new metrics.Histogram('h', { boundaries: [2, 1] })).toThrow('boundaries');
  expect(() => new metrics.Histogram('h', {} as never)).toThrow('boundaries');
  expect(() => hits.inc(0, { page: '/', status: '1' })).toThrow('only grows');
  expect(() => load.set(Number.NaN)).toThrow('finite');
  expect(() => hits.inc(1, { page: '/', stats: '1' } as never)).toThrow("no tag 'stats'");
  expect(() => hits.inc(1, { page: 1, status: '1' } as never)).toThrow('must be a string');
});
