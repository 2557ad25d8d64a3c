import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NatsConnection } from './nats-connection.ts';
import { NatsServer } from './nats-server.ts';
import { bucket, ensureStream } from './nats-streams.ts';
import { NatsTable } from './nats-table.ts';
import { Tombstones } from './tombstones.ts';

const token = 'a-token-of-sixteen-characters';
const jobs = bucket('aktis_test_jobs');
let directory: string;
let server: NatsServer;
let ends: (() => unknown)[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aktis-nats-'));
  server = await NatsServer.start({ directory, port: 0, token });
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  ends = [];
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

async function open(address: string): Promise<{ connection: NatsConnection; table: NatsTable }> {
  const connection = await NatsConnection.open({ servers: address, token, name: 'test', timeout: 30_000 });
  ends.push(() => connection.close());
  await ensureStream(connection, jobs, 1);
  const table = new NatsTable('jobs', connection, jobs);
  ends.push(() => table.close());
  return { connection, table };
}

test.each([
  ['create', (table: NatsTable, key: string) => table.create(key, 'new')],
  ['update', async (table: NatsTable, key: string) => table.update(key, 'new', await table.put(key, 'old'))],
  ['delete', async (table: NatsTable, key: string) => table.delete(key, await table.put(key, 'old'))],
])('a %s whose acknowledgement was lost is known to have been done', async (name, change) => {
  const way = await unreliableWay(server.port);
  const { table } = await open(`127.0.0.1:${way.port}`);
  const { table: witness } = await open(server.url);
  const told: string[] = [];
  await witness.watch((_, entry) => told.push(entry?.value ?? 'gone'), name);
  // The old value's acknowledgement comes through, the one after it does not.
  const lost = way.loseAcknowledgement(name === 'create' ? 1 : 2);
  const result = await change(table, name);
  await lost;
  const entry = await witness.get(name);
  expect(result).toBe(name === 'delete' ? true : entry?.revision);
  expect(entry?.value).toBe(name === 'delete' ? undefined : 'new');
  await witness.put(`${name}.after`, 'after');
  while (!told.includes('after')) await new Promise(setImmediate);
  expect(told).toEqual(
    { create: ['new', 'after'], update: ['old', 'new', 'after'], delete: ['old', 'gone', 'after'] }[name],
  );
});

test('marks of deletions are removed, and nothing that was written since', async () => {
  const { connection, table } = await open(server.url);
  const tombstones = new Tombstones(connection, jobs, 20);
  ends.push(() => tombstones.close());
  for (const key of ['gone', 'again']) {
    await table.put(key, '1');
    await table.delete(key);
  }
  const { state } = await connection.manager.streams.info(jobs.stream);
  const revision = (await table.create('again', '2')) as number;
  tombstones.add('again', state.last_seq);
  tombstones.add('gone', state.last_seq);
  const subjects = async () => {
    const info = await connection.manager.streams.info(jobs.stream, { subjects_filter: '>' });
    return Object.keys(info.state.subjects ?? {});
  };
  while ((await subjects()).includes(`${jobs.prefix}gone`)) await new Promise(setImmediate);
  expect(await table.get('again')).toEqual({ key: 'again', value: '2', revision });
  expect(await table.create('gone', 'back')).toBeGreaterThan(revision);
});

/** A way to the server that breaks just before an acknowledgement comes through. */
async function unreliableWay(
  port: number,
): Promise<{ port: number; loseAcknowledgement(number: number): Promise<void> }> {
  const pairs = new Set<Socket>();
  let left = Number.POSITIVE_INFINITY;
  let broken: () => void = () => {};
  const way = createServer(client => {
    const toServer = connect(port, '127.0.0.1');
    for (const socket of [client, toServer]) {
      pairs.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        toServer.destroy();
      });
    }
    client.on('data', data => toServer.write(data));
    toServer.on('data', data => {
      if (data.includes(`{"stream":"${jobs.stream}"`) && --left === 0) {
        client.destroy();
        broken();
      } else {
        client.write(data);
      }
    });
  });
  await new Promise<void>(resolve => way.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    for (const socket of pairs) socket.destroy();
    way.close();
  });
  return {
    port: (way.address() as AddressInfo).port,
    loseAcknowledgement: number => {
      left = number;
      return new Promise(resolve => {
        broken = resolve;
      });
    },
  };
}
