import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthenticationError, ClusterUnreachableError } from '@aktis/core';
import { isRunning, startTimeOf } from '../session/process-identity.ts';
import { NatsControlStore } from './nats-control-store.ts';
import { NatsServer, type NatsServerOptions } from './nats-server.ts';
import { sayHello } from './server-handshake.ts';

const token = 'a-secret-of-sixteen-characters';
let directory: string;
let servers: NatsServer[];
let closing: (() => Promise<void>)[];

async function start(options: Partial<NatsServerOptions> = {}): Promise<NatsServer> {
  const server = await NatsServer.start({ directory, port: 0, token, ...options });
  servers.push(server);
  return server;
}

async function connect(
  server: NatsServer,
  options: { token?: string; timeout?: number } = {},
): Promise<NatsControlStore> {
  const store = await NatsControlStore.connect({ servers: server.url, token, name: 'test', ...options });
  closing.push(() => store.close());
  return store;
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aktis-nats-'));
  servers = [];
  closing = [];
});
afterEach(async () => {
  await Promise.all(closing.map(close => close()));
  await Promise.all(servers.map(server => server.stop()));
  await rm(directory, { recursive: true });
});

describe('the managed nats-server', () => {
  test('runs once start resolves, and ends with stop', async () => {
    const server = await start();
    const identity = { pid: server.pid, startTime: startTimeOf(server.pid) ?? '' };
    expect(isRunning(identity)).toBe(true);
    expect(await sayHello('127.0.0.1', server.port, token, 5000)).toBe('in');
    await server.stop();
    expect(isRunning(identity)).toBe(false);
    expect(await sayHello('127.0.0.1', server.port, token, 5000)).toBe('nothing');
  });

  test('lets nobody in without the token, or with another', async () => {
    const server = await start();
    expect(await sayHello('127.0.0.1', server.port, undefined, 5000)).toBe('refused');
    await expect(connect(server, { token: 'another-token-of-sixteen' })).rejects.toThrow(AuthenticationError);
    await expect(NatsControlStore.connect({ servers: server.url, name: 'test' })).rejects.toThrow(
      /needs a token\. Give/,
    );
  });

  test('keeps its secrets and tables from other users', async () => {
    const server = await start();
    await (await connect(server)).table('meta').put('a', '1');
    const folder = join(directory, 'nats');
    expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      expect([name, lstatSync(join(folder, name)).mode & 0o077]).toEqual([name, 0]);
    }
    const arguments_ = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout;
    expect(arguments_).not.toContain(token);
    const environment = readFileSync(`/proc/${server.pid}/environ`, 'latin1');
    expect(
      environment
        .split('\0')
        .map(entry => entry.split('=')[0])
        .filter(Boolean)
        .toSorted(),
    ).toEqual(['PATH', 'PWD'].filter(name => environment.includes(`${name}=`)));
  });

  test('runs again when it is killed, at the same port with the same tables', async () => {
    const server = await start();
    const store = await connect(server);
    const revision = await store.table('nodes').put('n', 'kept');
    const { pid, port } = server;
    const restarted = new Promise<void>(resolve => {
      server.onRestarted(resolve);
    });
    process.kill(pid, 'SIGKILL');
    await restarted;
    expect(server.pid).not.toBe(pid);
    expect(server.port).toBe(port);
    expect(await store.table('nodes').get('n')).toEqual({ key: 'n', value: 'kept', revision });
  });

  test('is given up after five restarts within a minute, with the reason', async () => {
    let givenUp: (reason: string) => void = () => {};
    const reason = new Promise<string>(resolve => {
      givenUp = resolve;
    });
    const server = await start({ onGivenUp: givenUp, restartPause: 1 });
    let restarts = 0;
    server.onRestarted(() => {
      restarts++;
      process.kill(server.pid, 'SIGKILL');
    });
    process.kill(server.pid, 'SIGKILL');
    expect(await reason).toMatch(
      /died 6 times within a minute and stays down: it ended with signal SIGKILL\. See .*nats-server\.log/,
    );
    expect(restarts).toBe(5);
  });

  test('is not started again once it is stopped', async () => {
    const server = await start({ restartPause: 600_000 });
    process.kill(server.pid, 'SIGKILL');
    await server.stop();
    await server.stop();
    expect(await sayHello('127.0.0.1', server.port, token, 5000)).toBe('nothing');
  });

  test('takes over the tables of the one before', async () => {
    const first = await start();
    await (await connect(first)).table('meta').put('a', 'kept');
    await closing.pop()?.();
    const { port } = first;
    await first.stop();
    const second = await start({ port });
    expect(second.port).toBe(port);
    expect((await (await connect(second)).table('meta').get('a'))?.value).toBe('kept');
  });

  test('says who has its port', async () => {
    const server = await start();
    const other = await listen('HTTP/1.1 400 Bad Request\r\n\r\n');
    try {
      const taken = { directory: join(directory, 'second') };
      await expect(start({ ...taken, port: server.port })).rejects.toThrow(
        `port ${server.port} on 127.0.0.1 is in use by a NATS server, perhaps of another Aktis head; choose another with --port`,
      );
      const { port } = other.address() as AddressInfo;
      await expect(start({ ...taken, port })).rejects.toThrow(
        `port ${port} on 127.0.0.1 is in use by another program; choose another with --port`,
      );
    } finally {
      other.close();
    }
  });

  test('refuses addresses and tokens that are not safe', async () => {
    await expect(start({ host: '0.0.0.0' })).rejects.toThrow('needs TLS');
    await expect(start({ token: 'short' })).rejects.toThrow('16 characters');
    await expect(start({ host: '203.0.113.1', tls: { cert: '', key: '', ca: '' } })).rejects.toThrow(
      '203.0.113.1 is no address of this machine; choose another with --host',
    );
  });
});

describe('connecting', () => {
  test('where nothing listens is refused with what to do', async () => {
    const server = await listen('');
    const { port } = server.address() as AddressInfo;
    await new Promise(resolve => server.close(resolve));
    const connecting = NatsControlStore.connect({ servers: `127.0.0.1:${port}`, name: 'test' });
    await expect(connecting).rejects.toThrow(ClusterUnreachableError);
    await expect(connecting).rejects.toThrow(
      `No cluster answers at 127.0.0.1:${port}: connection refused. Check address and port, or start one: aktis start --head`,
    );
  });

  test('to what is no NATS server is refused', async () => {
    const server = await listen('HTTP/1.1 400 Bad Request\r\n\r\n');
    const { port } = server.address() as AddressInfo;
    try {
      await expect(NatsControlStore.connect({ servers: `127.0.0.1:${port}`, name: 'test' })).rejects.toThrow(
        /no Aktis head and no NATS server/,
      );
    } finally {
      server.close();
    }
  });

  test('to what says nothing is given up within ten seconds', async () => {
    const server = await listen('');
    const { port } = server.address() as AddressInfo;
    const began = performance.now();
    try {
      await expect(NatsControlStore.connect({ servers: `127.0.0.1:${port}`, name: 'test' })).rejects.toThrow(
        ClusterUnreachableError,
      );
      expect(performance.now() - began).toBeLessThan(10_000);
    } finally {
      server.close();
    }
  });

  test('where a name is not known is refused', async () => {
    await expect(NatsControlStore.connect({ servers: 'no-such-host.invalid:1', name: 'test' })).rejects.toThrow(
      ClusterUnreachableError,
    );
  });

  test('takes a bad cluster id for what it is', async () => {
    await expect(NatsControlStore.connect({ servers: 'a:1', name: 'test', clusterId: 'a.b' })).rejects.toThrow(
      'clusterId "a.b"',
    );
  });
});

/** Something that says `greeting` to whoever connects. */
function listen(greeting: string): Promise<Server> {
  return new Promise(resolve => {
    const server = createServer(socket => {
      socket.on('error', () => {});
      socket.unref();
      if (greeting !== '') socket.write(greeting);
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
