import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NatsControlStore, type NodeRecord } from '@aktis/cluster';
import { connectTcp } from '@aktis/transport/tcp';
import { AktisCommand, freePorts, isRunning, type StatusNode, until } from './support/aktis-command.ts';

// Who knows the address of a cluster but not its token, or not how to speak, at every port it listens on.

const limit = 180_000;
const aktis = new AktisCommand();
let address: string;
let token: string;
/** `host:port` of everything that listens, by what it is. */
let ports: Readonly<Record<string, string>>;
const open = new Set<Socket>();

beforeAll(async () => {
  const [port, dashboard] = await freePorts(2);
  address = `127.0.0.1:${port}`;
  const head = ['--head', '--port', String(port), '--dashboard-port', String(dashboard)];
  await aktis.told('start', ...head, '--num-cpus', '1', '--node-name', 'head');
  await aktis.told('start', '--address', address, '--num-cpus', '1', '--node-name', 'other');
  token = readFileSync(join(aktis.home, 'sessions', `head-${port}`, 'token'), 'utf8').trim();
  const store = await NatsControlStore.connect({ servers: address, token, name: 'test' });
  const records = (await store.table('nodes').list()).map(({ value }) => JSON.parse(value) as NodeRecord);
  await store.close();
  ports = {
    'the control store': address,
    ...Object.fromEntries(records.map(({ name, address: link }) => [`node ${name}`, link])),
    'the dashboard': `127.0.0.1:${dashboard}`,
  };
  aktis.program(
    'works.mjs',
    `import { get, init, remote } from 'aktis';
     const square = remote(function square(n) { return n * n; });
     await init();
     const squares = await get(Array.from({ length: 50 }, (_, n) => square.options({ schedulingStrategy: 'SPREAD' }).remote(n)));
     console.log(squares.reduce((sum, n) => sum + n, 0));`,
  );
}, limit);
afterEach(() => {
  for (const socket of open) socket.destroy();
  open.clear();
});
afterAll(() => aktis.end(), limit);

async function dial(hostAndPort: string): Promise<Socket> {
  const [host, port] = hostAndPort.split(':') as [string, string];
  const socket = connect({ host, port: Number(port) });
  socket.on('error', () => {});
  open.add(socket);
  await once(socket, 'connect');
  return socket;
}

const works = () => aktis.run(['run', 'works.mjs'], { AKTIS_ADDRESS: address, AKTIS_TOKEN: token });

/** Of all processes of the cluster together. */
async function memory(): Promise<number> {
  const { nodes, controlStore } = await aktis.status();
  const pids = [...nodes.filter(({ state }) => state === 'ALIVE').map(({ pid }) => pid), controlStore.pid as number];
  return pids.reduce(
    (sum, pid) => sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    0,
  );
}

test(
  'random bytes, long frames, half a sentence and silence harm nobody',
  async () => {
    const before = await memory();
    for (const there of Object.values(ports)) {
      const long = Buffer.alloc(64, 0xff);
      const halves = [
        Buffer.alloc(0),
        long,
        Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000000\r\n\r\n'),
      ];
      const nats = Buffer.from(`CONNECT {"auth_token":"${'x'.repeat(100)}"}\r\nPUB x 4000000000\r\n`);
      for (const bytes of [...halves, nats, ...Array.from({ length: 5 }, () => randomBytes(100_000))]) {
        const socket = await dial(there);
        socket.write(bytes);
        // It sends no more, and never reads.
        socket.pause();
      }
      for (let i = 0; i < 50; i++) (await dial(there)).write(randomBytes(10));
    }
    expect(await works()).toMatchObject({ status: 0, stdout: expect.stringContaining('40425') });
    expect((await memory()) - before).toBeLessThan(300e6);
    const { nodes } = await aktis.status();
    expect(nodes.filter(({ name }) => name === 'head' || name === 'other')).toMatchObject([
      { state: 'ALIVE' },
      { state: 'ALIVE' },
    ]);
  },
  limit,
);

test.each([
  ['another token', 'a-token-of-sixteen-letters'],
  ['no token', ''],
])(
  '%s lets in nowhere',
  async (_, wrong) => {
    await expect(
      NatsControlStore.connect({ servers: address, name: 'thief', ...(wrong !== '' && { token: wrong }) }),
    ).rejects.toMatchObject({ code: 'ERR_AKTIS_AUTHENTICATION' });
    for (const name of ['head', 'other']) {
      const [host, port] = (ports[`node ${name}`] as string).split(':') as [string, string];
      const thief = {
        host,
        port: Number(port),
        channel: 'calls',
        identity: { nodeId: 'thief', version: version() },
      } as const;
      await expect(connectTcp({ ...thief, security: { token: wrong } })).rejects.toMatchObject({
        code: 'ERR_AKTIS_AUTHENTICATION',
      });
    }
    const headers = wrong === '' ? {} : { authorization: `Bearer ${wrong}` };
    for (const path of ['/api/status', '/api/jobs/', '/api/logs', '/metrics']) {
      const { status } = await fetch(`http://${ports['the dashboard']}${path}`, { headers });
      expect({ path, status }).toEqual({ path, status: 401 });
    }
    const driver = await aktis.run(['run', 'works.mjs'], {
      AKTIS_ADDRESS: address,
      AKTIS_TOKEN: wrong,
      AKTIS_HOME: join(aktis.folder, 'stranger'),
    });
    expect(driver).toMatchObject({ stderr: expect.stringContaining('ERR_AKTIS_AUTHENTICATION') });
    expect(driver.status).not.toBe(0);
  },
  limit,
);

test(
  'a process of another minor version is refused by the links, too',
  async () => {
    const [host, port] = (ports['node other'] as string).split(':') as [string, string];
    const stranger = { nodeId: 'old', version: '0.0.1' };
    const link = connectTcp({ host, port: Number(port), channel: 'calls', identity: stranger, security: { token } });
    await expect(link).rejects.toMatchObject({ code: 'ERR_AKTIS_PEER_MISMATCH' });
  },
  limit,
);

test(
  'who knows the token and does not read, or speaks nonsense, only loses his own link',
  async () => {
    const [host, port] = (ports['node other'] as string).split(':') as [string, string];
    const security = { token };
    for (const [i, messages] of [
      [[1], [2, null, 'x'], [99, {}]],
      Array.from({ length: 2_000 }, (_, n) => [n % 60, n, 'text', [1, 2], null, -1]),
    ].entries()) {
      const identity = { nodeId: `liar-${i}`, version: version() };
      const { link } = await connectTcp({ host, port: Number(port), channel: 'calls', identity, security });
      const closed = new Promise(resolve => (link.onClose = resolve));
      link.onMessages = () => {};
      for (const message of messages) link.send(message as unknown as [number, ...unknown[]]);
      link.flush();
      setTimeout(() => link.close(), 200);
      await closed;
    }
    const reader = await dial(address);
    reader.write(`CONNECT {"auth_token":"${token}","verbose":false}\r\nSUB > 1\r\n`);
    reader.pause();
    const page = await dial(ports['the dashboard'] as string);
    page.write(`GET /api/events HTTP/1.1\r\nHost: ${ports['the dashboard']}\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    page.pause();
    for (let i = 0; i < 2; i++)
      expect(await works()).toMatchObject({ status: 0, stdout: expect.stringContaining('40425') });
    await until(
      'both nodes are well',
      async () => (await aktis.status()).nodes.filter(({ state }) => state === 'ALIVE').length === 2,
    );
  },
  limit,
);

test(
  'a node whose clock is an hour ahead works like any other, and status names it',
  async () => {
    const clock = aktis.program(
      'clock.mjs',
      `const { now } = Date;
       Date.now = () => now() + 3_600_000;`,
    );
    const args = ['start', '--address', address, '--num-cpus', '1', '--node-name', 'ahead'];
    expect(await aktis.run(args, { NODE_OPTIONS: `--import ${pathToFileURL(clock)}` })).toMatchObject({ status: 0 });
    expect(await works()).toMatchObject({ status: 0, stdout: expect.stringContaining('40425') });
    const { nodes, wrongClocks } = await aktis.status();
    expect(nodes.filter(({ state }) => state === 'ALIVE').length).toBe(3);
    expect(wrongClocks).toMatchObject([{ name: 'ahead', ahead: expect.any(Number) }]);
    expect(Math.abs((wrongClocks[0]?.ahead as number) - 3_600_000)).toBeLessThan(60_000);
    expect(await aktis.told('status')).toMatch(
      /The clock of ahead is (?:59 min|1 h) .*ahead of the one of this machine/,
    );
    const { pid } = nodes.find(({ name }) => name === 'ahead') as StatusNode;
    process.kill(pid, 'SIGKILL');
    await until('its death is known', async () =>
      (await aktis.status()).nodes.some(({ name, state }) => name === 'ahead' && state === 'DEAD'),
    );
  },
  limit,
);

test(
  'programs that compete for the same CPUs take turns, and keep their threads',
  async () => {
    aktis.program(
      'competes.mjs',
      `import { get, init, remote } from 'aktis';
       const spin = remote(function spin() {
         for (const end = performance.now() + 10; performance.now() < end; );
       });
       await init();
       await get(Array.from({ length: 150 }, () => spin.remote()));
       console.log('done');`,
    );
    const run = () => aktis.run(['run', 'competes.mjs'], { AKTIS_ADDRESS: address, AKTIS_TOKEN: token });
    const before = await threads();
    for (const ended of await Promise.all([run(), run(), run()])) expect(ended).toMatchObject({ status: 0 });
    // Three programs on two nodes; one that paused for long may have lost a thread meanwhile.
    expect((await threads()) - before).toBeLessThanOrEqual(12);
  },
  limit,
);

test(
  'a driver that computes for longer than a node may be silent keeps its work',
  async () => {
    aktis.program(
      'computes.mjs',
      `import { get, init, remote } from 'aktis';
       class Counter {
         #count = 0;
         next() { return ++this.#count; }
       }
       const Counters = remote(Counter);
       const later = remote(async function later() {
         await new Promise(resolve => setTimeout(resolve, 1000));
         return 'later';
       });
       await init();
       const counters = [1, 2, 3].map(() => Counters.options({ numCpus: 0, schedulingStrategy: 'SPREAD' }).remote());
       await get(counters.map(counter => counter.next.remote()));
       const result = later.options({ maxRetries: 0, schedulingStrategy: 'SPREAD' }).remote();
       await new Promise(resolve => setTimeout(resolve, 500));
       for (const end = performance.now() + 16_000; performance.now() < end; );
       console.log(await get(result), await get(counters.map(counter => counter.next.remote())));`,
    );
    const ended = await aktis.run(['run', 'computes.mjs'], { AKTIS_ADDRESS: address, AKTIS_TOKEN: token });
    expect(ended).toMatchObject({ status: 0, stdout: 'later [ 2, 2, 2 ]\n' });
  },
  limit,
);

/** How many there have been. */
async function threads(): Promise<number> {
  return (JSON.parse(await aktis.told('list', 'workers', '--limit', '10000', '--format', 'json')) as unknown[]).length;
}

test(
  'a command whose head is killed is over when the head is back, and so is what it had begun',
  async () => {
    aktis.program('runs.mjs', "console.log('I am ' + process.pid); setInterval(() => {}, 1000);");
    const { child, ended } = aktis.begin(['submit', '--working-dir', '.', '--', process.execPath, 'runs.mjs']);
    const [first] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [string];
    const job = Number(/I am (\d+)/.exec(first)?.[1]);
    const head = (await aktis.status()).nodes.find(({ isHead }) => isHead) as StatusNode;
    process.kill(head.pid, 'SIGKILL');
    await until('its server has ended', async () => (await aktis.run(['status'])).status === 3);
    expect(isRunning(job)).toBe(true);
    const port = address.split(':')[1] as string;
    await aktis.told('start', '--head', '--port', port, '--no-dashboard', '--num-cpus', '1', '--node-name', 'head');
    expect(isRunning(job)).toBe(false);
    const told = 'the head that ran it died, and it was ended when the head came back';
    expect(await ended).toMatchObject({ status: 1, stderr: expect.stringContaining(`FAILED: ${told}`) });
    expect(await aktis.told('job', 'list')).toContain(told);
  },
  limit,
);

function version(): string {
  return (
    JSON.parse(readFileSync(join(import.meta.dirname, '../../packages/aktis/package.json'), 'utf8')) as {
      version: string;
    }
  ).version;
}
