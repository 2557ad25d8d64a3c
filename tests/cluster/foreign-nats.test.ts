import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { AktisCommand, freePorts, until } from './support/aktis-command.ts';

// A cluster on a NATS that others run, with users of its own.

const limit = 180_000;
const aktis = new AktisCommand();
const token = 'a-token-of-sixteen-characters';
let nats: ChildProcess;
let url: string;
let address: string;

beforeAll(async () => {
  const [port] = await freePorts(1);
  address = `127.0.0.1:${port}`;
  url = `nats://worker:p%40ss@${address}`;
  const configuration = join(aktis.folder, 'nats.conf');
  writeFileSync(
    configuration,
    `host: 127.0.0.1\nport: ${port}\njetstream { store_dir: ${JSON.stringify(join(aktis.folder, 'store'))} }
     authorization { users: [{ user: worker, password: "p@ss" }] }`,
  );
  nats = spawn('nats-server', ['-c', configuration], {
    stdio: 'ignore',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  await until('it listens', async () => {
    const socket = connect(port as number, '127.0.0.1');
    return once(socket, 'connect').then(
      () => socket.destroy() !== undefined,
      () => false,
    );
  });
}, limit);

afterAll(async () => {
  await aktis.end();
  nats.kill('SIGKILL');
}, limit);

test(
  'a head and a node use it, commands find the way in, and no server of theirs is started',
  async () => {
    const env = { AKTIS_TOKEN: token };
    const head = await aktis.run(['start', '--head', '--nats', url, '--node-name', 'head', '--num-cpus', '1'], env);
    expect(head).toMatchObject({ status: 0, stdout: expect.stringContaining(`The cluster is up at ${address}.`) });
    expect(head.stdout).not.toContain('ss@');
    const node = await aktis.run(['start', '--nats', url, '--node-name', 'node', '--num-cpus', '1'], env);
    expect(node).toMatchObject({ status: 0 });
    const status = await aktis.status();
    expect(status.controlStore).toEqual({
      kind: 'nats',
      state: 'CONNECTED',
      servers: [{ address, state: 'UP' }],
    });
    expect(status.nodes.map(({ name, isHead }) => [name, isHead])).toEqual([
      ['head', true],
      ['node', false],
    ]);
    const [session = ''] = readdirSync(join(aktis.home, 'sessions'));
    const files = readdirSync(join(aktis.home, 'sessions', session));
    expect(files).not.toContain('nats');
    expect(lstatSync(join(aktis.home, 'sessions', session, 'nats-login.json')).mode & 0o777).toBe(0o600);
    aktis.program(
      'where.mjs',
      `import { get, init, remote, runtimeContext } from 'aktis';
       const where = remote(async function where() {
         await new Promise(resolve => setTimeout(resolve, 200));
         return runtimeContext().nodeId;
       });
       await init();
       console.log(new Set(await get([1, 2, 3, 4].map(() => where.remote()))).size);`,
    );
    expect(await aktis.told('submit', '--', process.execPath, '-e', 'console.log("submitted")')).toBe('submitted\n');
    for (const AKTIS_ADDRESS of ['auto', url]) {
      expect(
        await aktis.run(['run', 'where.mjs'], { AKTIS_ADDRESS, ...(AKTIS_ADDRESS !== 'auto' && env) }),
      ).toMatchObject({
        status: 0,
        stdout: '2\n',
      });
    }
  },
  limit,
);

test(
  'a node that is drained takes nothing new, and leaves when its task has ended',
  async () => {
    const [started, go] = [join(aktis.folder, 'started'), join(aktis.folder, 'go')];
    aktis.program(
      'waits.mjs',
      `import { existsSync, writeFileSync } from 'node:fs';
       import { get, init, nodes, remote, runtimeContext } from 'aktis';
       const waits = remote(async function waits(started, go) {
         writeFileSync(started, '');
         while (!existsSync(go)) await new Promise(resolve => setTimeout(resolve, 20));
         return runtimeContext().nodeId;
       });
       await init();
       const { nodeId } = (await nodes()).find(({ name }) => name === 'node');
       const ended = await get(waits.options({ schedulingStrategy: { nodeId } }).remote(${JSON.stringify(started)}, ${JSON.stringify(go)}));
       console.log(ended === nodeId);`,
    );
    const { ended } = aktis.begin(['run', 'waits.mjs'], { AKTIS_ADDRESS: 'auto' });
    await until('it runs', () => existsSync(started));
    expect(await aktis.told('drain', 'node', '--reason', 'an upgrade', '--deadline', '2m', '--no-wait')).toMatch(
      /^Node node \([0-9a-f]{12}\) drains, for 120 s at most\n$/,
    );
    expect(await aktis.told('status')).toMatch(/DRAINING +node .*leaves by 20.*: an upgrade/);
    expect(await aktis.run(['drain', 'node'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is draining already'),
    });
    writeFileSync(go, '');
    expect(await ended).toMatchObject({ status: 0, stdout: 'true\n' });
    await until('it has left', async () =>
      (await aktis.status()).nodes.some(
        ({ name, state, deathReason }) =>
          name === 'node' && state === 'DEAD' && deathReason === 'left: it was drained: an upgrade',
      ),
    );
    expect(await aktis.run(['drain', 'nobody'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('There is no node "nobody". Living ones: head'),
    });
    expect(await aktis.run(['drain', 'head', '--deadline', 'soon'])).toMatchObject({ status: 2 });
  },
  limit,
);

test(
  'who is not let in is told why',
  async () => {
    const stranger = { AKTIS_HOME: join(aktis.folder, 'stranger'), AKTIS_TOKEN: token };
    expect(await aktis.run(['start', '--nats', `nats://worker:wrong@${address}`], stranger)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('refused the user or the password'),
    });
    expect(await aktis.run(['start', '--nats', url], { ...stranger, AKTIS_TOKEN: '' })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('AKTIS_TOKEN or --token-file'),
    });
    expect(await aktis.run(['start', '--nats', 'http://example'], stranger)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is no address of a cluster'),
    });
    expect(await aktis.run(['start', '--nats', url, '--address', address], stranger)).toMatchObject({ status: 2 });
  },
  limit,
);
