import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { AktisCommand, freePorts } from './support/aktis-command.ts';

// Each way in which `aktis start` and its neighbours can be refused, as the user sees it: an exit code and what to do.

const limit = 180_000;
const aktis = new AktisCommand();
let address: string;

beforeAll(async () => {
  const [port] = await freePorts(1);
  address = `127.0.0.1:${port}`;
  await aktis.told(
    'start',
    '--head',
    '--port',
    String(port),
    '--num-cpus',
    '1',
    '--node-name',
    'head',
    '--no-dashboard',
  );
}, limit);

afterAll(() => aktis.end(), limit);

/** Somebody else of this machine: knows nothing of the cluster. */
const stranger = { AKTIS_HOME: join(aktis.folder, 'stranger') };

async function refused(args: readonly string[], env: NodeJS.ProcessEnv = stranger) {
  const { status, stderr } = await aktis.run(['start', ...args], env);
  // In one or two lines, and without a stack.
  expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
  return { status, stderr };
}

test(
  'a port that is taken, by a head or by something else',
  async () => {
    const port = address.split(':')[1] as string;
    expect(await refused(['--head', '--port', port])).toEqual({
      status: 1,
      stderr: expect.stringContaining(
        `port ${port} on 127.0.0.1 is in use by a NATS server, perhaps of another Aktis head`,
      ),
    });
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => other.once('listening', resolve));
    const { port: taken } = other.address() as { port: number };
    expect((await refused(['--head', '--port', String(taken)])).stderr).toContain('is in use by another program');
    other.close();
  },
  limit,
);

test(
  'no nats-server, or something that is none',
  async () => {
    const missing = await refused(['--head', '--port', '0'], {
      ...stranger,
      AKTIS_NATS_SERVER: '/nowhere/nats-server',
    });
    expect(missing).toEqual({
      status: 1,
      stderr: expect.stringContaining('/nowhere/nats-server, which is no program'),
    });
    const other = await refused(['--head', '--port', '0'], { ...stranger, AKTIS_NATS_SERVER: '/bin/true' });
    expect(other.stderr).toContain('Is it a nats-server?');
  },
  limit,
);

test(
  'a token that is missing, wrong, or not to be read',
  async () => {
    expect(await refused(['--address', address])).toEqual({
      status: 1,
      stderr: expect.stringContaining('Give it with AKTIS_TOKEN or --token-file'),
    });
    expect(await refused(['--address', address], { ...stranger, AKTIS_TOKEN: 'not-the-token-of-the-cluster' })).toEqual(
      {
        status: 1,
        stderr: expect.stringContaining('refused the token'),
      },
    );
    expect((await refused(['--address', address, '--token-file', '/nowhere'])).stderr).toContain(
      'The token file /nowhere cannot be read',
    );
    expect((await refused(['--head', '--port', '0'], { ...stranger, AKTIS_TOKEN: 'short' })).stderr).toContain(
      'must have 16 characters at least',
    );
  },
  limit,
);

test(
  'an address where nothing is, or that is none',
  async () => {
    const env = { ...stranger, AKTIS_TOKEN: 'a-token-of-sixteen-characters' };
    expect(await refused(['--address', '127.0.0.1:1'], env)).toEqual({
      status: 3,
      stderr: expect.stringContaining('No cluster answers at 127.0.0.1:1: connection refused'),
    });
    // Also for who has no token: it would not help.
    expect(await refused(['--address', '127.0.0.1:1'])).toEqual({
      status: 3,
      stderr: expect.stringContaining('No cluster answers at 127.0.0.1:1: connection refused'),
    });
    expect(await refused(['--address', 'no-such-host.invalid:6379'], env)).toEqual({
      status: 3,
      stderr: expect.stringContaining('the name is not known'),
    });
    expect((await refused(['--address', 'http://127.0.0.1'], env)).status).toBe(2);
    expect((await refused(['--head', '--host', '203.0.113.9', '--port', '0'], env)).stderr).toContain(
      '203.0.113.9 is no address of this machine',
    );
  },
  limit,
);

test(
  'listening beyond loopback without encryption',
  async () => {
    const env = { ...stranger, AKTIS_TOKEN: 'a-token-of-sixteen-characters' };
    expect(await refused(['--address', '192.0.2.1:6379', '--host', '192.0.2.2'], env)).toEqual({
      status: 2,
      stderr: expect.stringContaining('A node listens beyond loopback only with TLS'),
    });
    expect(await refused(['--head', '--host', '0.0.0.0'], env)).toEqual({
      status: 2,
      stderr: expect.stringContaining('name one address of this machine'),
    });
  },
  limit,
);

test(
  "a session directory that cannot be used, or is another node's",
  async () => {
    const file = join(aktis.folder, 'file');
    writeFileSync(file, '');
    expect(await refused(['--head', '--port', '0', '--session-dir', join(file, 'inside')])).toEqual({
      status: 1,
      stderr: expect.stringContaining('cannot be used: a part of the path is a file'),
    });
    expect((await refused(['--head', '--port', '0'], { AKTIS_HOME: file })).stderr).toContain(`${file} cannot be used`);
    // The system lets nobody make a directory there, and says so in a way that Node takes for an invitation to try again.
    for (const args of [
      ['--head', '--port', '0'],
      ['--address', address],
    ]) {
      expect(
        await refused(args, { AKTIS_HOME: '/proc/no-such-process', AKTIS_TOKEN: 'a-token-of-sixteen-characters' }),
      ).toEqual({
        status: 1,
        stderr: expect.stringContaining(
          '/proc/no-such-process cannot be used: a directory of that name cannot be made there',
        ),
      });
    }
    const [port = ''] = address.split(':').slice(1);
    const own = await aktis.run(['start', '--head', '--port', port]);
    expect(own).toMatchObject({ status: 1, stderr: expect.stringContaining('end it with "aktis stop"') });
  },
  limit,
);

test(
  'a name that is taken gets a number, and the only control store is not drained',
  async () => {
    const told = await aktis.told('start', '--address', address, '--num-cpus', '1', '--node-name', 'head');
    expect(told).toContain('Node:     head-2 (');
    expect(await aktis.run(['drain', 'head'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("runs the cluster's only control store"),
    });
    expect(await aktis.told('drain', 'head-2')).toMatch(/is gone: left: it was drained: asked by "aktis drain"\n$/);
  },
  limit,
);
