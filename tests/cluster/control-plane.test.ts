import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlStore, NatsControlStore, NatsServer } from '@aktis/cluster';
import { ControlPlaneUnavailableError } from '@aktis/core';
import { freePorts } from './support/aktis-command.ts';
import { Program } from './support/nats-programs.ts';

const token = 'a-token-of-sixteen-characters';
let directory: string;
let cleanUps: (() => Promise<unknown>)[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aktis-control-plane-'));
  cleanUps = [];
});
afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
  await rm(directory, { recursive: true, force: true });
});

async function startServer(options: Partial<Parameters<typeof NatsServer.start>[0]> = {}): Promise<NatsServer> {
  const server = await NatsServer.start({ directory, port: 0, token, ...options });
  cleanUps.push(() => server.stop());
  return server;
}

async function connect(servers: string | string[], timeout = 10_000): Promise<NatsControlStore> {
  const store = await NatsControlStore.connect({ servers, token, name: 'test', timeout });
  cleanUps.push(() => store.close());
  return store;
}

function become(store: ControlStore, available: boolean): Promise<void> {
  return new Promise(resolve => {
    const off = store.onAvailable(now => {
      if (now !== available) return;
      off();
      resolve();
    });
  });
}

describe('a head that is killed', () => {
  const head = `
    import { NatsServer } from '@aktis/cluster';
    const server = await NatsServer.start({ directory: process.env.DIRECTORY, port: 0, token: process.env.TOKEN });
    console.log(JSON.stringify({ pid: server.pid, port: server.port }));
  `;

  test('takes its server with it, and a new one comes back at once to the same port and tables', async () => {
    const program = new Program(head, { DIRECTORY: directory, TOKEN: token });
    cleanUps.push(() => program.kill());
    const { pid, port } = await program.next<{ pid: number; port: number }>();
    const store = await connect(`127.0.0.1:${port}`, 30_000);
    await store.table('meta').put('a', 'kept');
    const lost = become(store, false);
    await program.kill();
    // Only the guard can have ended it.
    await lost;
    const back = become(store, true);
    const server = await startServer({ port });
    expect(server.pid).not.toBe(pid);
    await back;
    expect((await store.table('meta').get('a'))?.value).toBe('kept');
  });
});

describe('a server that hangs', () => {
  test('fails calls in time, is noticed, and is used again when it goes on', async () => {
    const server = await startServer();
    const store = await connect(server.url, 1000);
    const lost = become(store, false);
    const resume = () => process.kill(server.pid, 'SIGCONT');
    process.kill(server.pid, 'SIGSTOP');
    cleanUps.push(async () => resume());
    const readForEver = async () => {
      // A signal takes a moment to stop every thread of it.
      for (;;) await store.table('meta').get('a');
    };
    await expect(readForEver()).rejects.toThrow(ControlPlaneUnavailableError);
    await expect(store.table('meta').put('a', '1')).rejects.toThrow(ControlPlaneUnavailableError);
    await lost;
    const back = become(store, true);
    resume();
    await back;
    expect(await store.table('meta').put('a', '2')).toBeGreaterThan(0);
    expect((await store.table('meta').get('a'))?.value).toBe('2');
  });
});

describe('three servers', () => {
  test('keep tables and watches when one is killed', async () => {
    const names = ['one', 'two', 'three'] as const;
    const ports = await freePorts(names.length);
    const peers = ports.map(port => `127.0.0.1:${port}`);
    const servers = await Promise.all(
      names.map((serverName, i) =>
        startServer({
          directory: join(directory, serverName),
          serverName,
          cluster: { port: ports[i] as number, peers },
          restartPause: 600_000,
        }),
      ),
    );
    const urls = servers.map(({ url }) => url);
    const [here, there] = await Promise.all([connect(urls, 30_000), connect(urls, 30_000)]);
    const heard: string[] = [];
    let told = () => {};
    await here.table('nodes').watch((key, entry) => {
      heard.push(`${key}=${entry?.value}`);
      told();
    });
    const table = there.table('nodes');
    const first = await table.put('before', '1');
    process.kill((servers[0] as NatsServer).pid, 'SIGKILL');
    // While a new leader is elected, calls wait for it.
    for (let i = 0; i < 20; i++) await table.create(`during.${i}`, String(i));
    expect(await table.update('before', '2', first)).toBeGreaterThan(first);
    expect(await table.list('during.')).toHaveLength(20);
    await there.blobs.put(await hashOf('a blob'), Buffer.from('a blob'));
    while (!heard.includes('before=2')) {
      await new Promise<void>(resolve => {
        told = resolve;
      });
    }
    expect(heard.filter(change => change.startsWith('during.'))).toHaveLength(20);
    expect(new Set(heard).size).toBe(heard.length);
  });
});

describe('a program with an idle connection', () => {
  const program = `
    import { NatsControlStore } from '@aktis/cluster';
    const { URL: servers, TOKEN: token, KEEPS } = process.env;
    const store = await NatsControlStore.connect({ servers, token, name: 'idle', keepsProcessAlive: KEEPS === 'yes' });
    await store.table('nodes').watch(() => {});
    store.subscribe('a', () => {});
    store.serve('b', () => '');
    await store.table('meta').put('a', '1');
    console.log(JSON.stringify((await store.table('meta').get('a')).value));
  `;

  test('ends if the connection is not to keep it alive, and otherwise stays', async () => {
    const server = await startServer();
    const env = { URL: server.url, TOKEN: token };
    const [ending, staying] = [
      new Program(program, { ...env, KEEPS: 'no' }),
      new Program(program, { ...env, KEEPS: 'yes' }),
    ];
    cleanUps.push(() => staying.kill());
    expect(await staying.next()).toBe('1');
    expect(await ending.next()).toBe('1');
    expect(await ending.ended()).toBe(0);
    expect(staying.child.exitCode).toBeNull();
  });
});

describe('a session directory', () => {
  test('goes to exactly one of many processes, also when it is left by one that was killed', async () => {
    const racer = `
      import { SessionLock } from './packages/cluster/dist/session/session-lock.js';
      process.stdout.write('"ready"\\n');
      process.stdin.once('data', () => {
        try {
          SessionLock.acquire(process.env.DIRECTORY);
          process.stdout.write('"mine"\\n');
        } catch (error) {
          process.stdout.write(JSON.stringify(error.code) + '\\n');
        }
      });
    `;
    for (let round = 0; round < 3; round++) {
      const racers = Array.from({ length: 6 }, () => new Program(racer, { DIRECTORY: directory }));
      for (const each of racers) expect(await each.next()).toBe('ready');
      for (const { child } of racers) child.stdin?.write('go\n');
      const outcomes = await Promise.all(racers.map(each => each.next<string>()));
      expect(outcomes.toSorted()).toEqual([...Array(5).fill('ERR_AKTIS_SESSION_IN_USE'), 'mine']);
      // The next round finds the lock of a process that is gone.
      await Promise.all(racers.map(each => each.kill()));
    }
  });
});

async function hashOf(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('hex');
}
