import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { NatsControlStore } from '@aktis/cluster';
import { AktisCommand, freePorts, isRunning, until } from './support/aktis-command.ts';

// Three control servers, each with a node of its own, and a fourth node that has none; all are real processes.

/** Milliseconds: elections take seconds each, and the machine may be busy. */
const limit = 240_000;
const token = 'a-token-of-sixteen-characters';
const names = ['one', 'two', 'three'] as const;
const aktis = new AktisCommand();
const tokenFile = join(aktis.folder, 'token');
let addresses: string[];
let list: string;

function controlServer(i: number, ...more: string[]): string[] {
  const port = String(addresses[i]?.split(':')[1]);
  const given = ['--control-servers', list, '--port', port, '--token-file', tokenFile];
  return ['start', ...given, '--node-name', names[i] as string, '--num-cpus', '1', ...more];
}

const servers = async () => (await aktis.status()).controlStore.servers;
const allUp = () =>
  until('all three servers are up', async () => (await servers()).every(({ state }) => state === 'UP'));

beforeAll(async () => {
  writeFileSync(tokenFile, token);
  // Those for the other servers are a thousand above.
  addresses = (await freePorts(3)).map(port => `127.0.0.1:${port}`);
  list = addresses.join(',');
  const told = await Promise.all([
    aktis.told(...controlServer(0, '--head')),
    aktis.told(...controlServer(1)),
    aktis.told(...controlServer(2)),
  ]);
  expect(told[0]).toContain(`The cluster is up at ${list}.`);
  // One of them is enough to find the others.
  expect(
    await aktis.told('start', '--address', addresses[1] as string, '--node-name', 'fourth', '--num-cpus', '2'),
  ).toContain(`The node has joined the cluster at ${list}.`);
}, limit);

afterAll(() => aktis.end(), limit);

test(
  'any one of the servers may be killed under load: calls go on, writes wait for an election, and it comes back',
  async () => {
    aktis.program(
      'calls.mjs',
      `import { createInterface } from 'node:readline';
       import { get, init, remote } from 'aktis';
       class Echo { echo(i) { return i; } }
       class Caller {
         #echo; #longest = 0;
         constructor(echo) { this.#echo = echo; void this.#run(); }
         async #run() {
           for (let before = performance.now(); ; ) {
             await get(this.#echo.echo.remote(1));
             const now = performance.now();
             this.#longest = Math.max(this.#longest, now - before);
             before = now;
           }
         }
         longest() { return this.#longest; }
       }
       const [RemoteEcho, RemoteCaller] = [remote(Echo), remote(Caller)];
       await init();
       const callers = await Promise.all([0, 1].map(async i => {
         const caller = RemoteCaller.remote(RemoteEcho.remote());
         await get(caller.longest.remote());
         return caller;
       }));
       console.log(0);
       for await (const _ of createInterface({ input: process.stdin })) {
         console.log(Math.max(...await get(callers.map(caller => caller.longest.remote()))));
       }
       process.exit(0);`,
    );
    const { child, ended } = aktis.begin(['run', 'calls.mjs'], { AKTIS_ADDRESS: addresses[0], AKTIS_TOKEN: token });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    const longestCall = async () => {
      child.stdin?.write('\n');
      return Number((await lines.next()).value);
    };
    await lines.next();
    const store = await NatsControlStore.connect({ servers: list, token, name: 'test', timeout: 60_000 });
    let longestWrite = 0;
    try {
      for (const { pid } of await servers()) {
        const began = performance.now();
        process.kill(pid as number, 'SIGKILL');
        expect(await store.table('meta').put('test', 'written')).toBeGreaterThan(0);
        longestWrite = Math.max(longestWrite, performance.now() - began);
        await until('it runs again', async () =>
          (await servers()).every(server => server.state === 'UP' && server.pid !== pid),
        );
      }
      // One of the three led the table: to elect another takes seconds, for which no call has waited.
      expect(await longestCall()).toBeLessThan(longestWrite / 2);
    } finally {
      await store.close();
      child.stdin?.end();
    }
    expect(await ended).toMatchObject({ status: 0 });
  },
  limit,
);

test(
  'with the machine of the head gone the cluster goes on, and another node becomes its head',
  async () => {
    const { nodes, controlStore } = await aktis.status();
    const head = nodes.find(({ isHead }) => isHead);
    process.kill(head?.pid as number, 'SIGKILL');
    await until('its server is gone', () => !isRunning(controlStore.servers[0]?.pid as number));
    await until('status says so', async () => (await servers())[0]?.state === 'DOWN');
    aktis.program(
      'work.mjs',
      `import { get, init, remote } from 'aktis';
       const double = remote(function double(n) { return 2 * n; });
       await init();
       console.log(await get(double.remote(21)));`,
    );
    const inside = { AKTIS_ADDRESS: list, AKTIS_TOKEN: token };
    expect(await aktis.run(['run', 'work.mjs'], inside)).toMatchObject({ status: 0, stdout: '42\n' });
    expect(await aktis.run(['submit', '--', 'true'], inside)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('has no head at the moment'),
    });
    await aktis.told('start', '--head', '--address', addresses[2] as string, '--node-name', 'heir', '--num-cpus', '1');
    expect(await aktis.run(['submit', '--', 'echo', 'ran'], inside)).toMatchObject({ status: 0, stdout: 'ran\n' });
  },
  limit,
);

test(
  'a second head is refused, and a lost control server comes back as a plain node',
  async () => {
    expect(await aktis.run(controlServer(0, '--head'))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('has a head: node heir'),
    });
    await aktis.told(...controlServer(0));
    await allUp();
    expect((await aktis.status()).nodes.filter(({ state, isHead }) => isHead && state === 'ALIVE')).toHaveLength(1);
  },
  limit,
);

test('a server of three cannot become one of other three, nor have another token', async () => {
  const [port = 0, ...others] = await freePorts(3);
  const directory = join(aktis.home, 'sessions', `server-${addresses[2]?.split(':')[1]}`);
  await aktis.told('stop', '--session', directory);
  const moved = ['start', '--control-servers', [port, ...others].map(each => `127.0.0.1:${each}`).join(',')];
  expect(
    await aktis.run([...moved, '--port', String(port), '--session-dir', directory, '--token-file', tokenFile]),
  ).toMatchObject({ status: 1, stderr: expect.stringContaining('holds the tables of one of 127.0.0.1:') });
  const wrong = join(aktis.folder, 'wrong');
  writeFileSync(wrong, 'another-token-of-sixteen-characters');
  expect(await aktis.run([...controlServer(2), '--token-file', wrong])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('refused the token'),
  });
  await aktis.told(...controlServer(2));
  await allUp();
}, 240_000);

test(
  'stop ends all of it',
  async () => {
    const { nodes, controlStore } = await aktis.status();
    await aktis.told('stop');
    for (const { pid, state } of nodes) if (state === 'ALIVE') expect(isRunning(pid)).toBe(false);
    for (const { pid } of controlStore.servers) expect(isRunning(pid as number)).toBe(false);
  },
  limit,
);
