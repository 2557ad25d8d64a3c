import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { listenTcp } from '@aktis/transport/tcp';
import type { KnownMembers } from '../membership/known-members.ts';
import { version } from '../version.ts';
import { Links } from './links.ts';

const security = { token: 'secret' };

/** A node behind a door that slams as often as it is told. */
async function nodeBehind(slams: number) {
  const links: { close(): void }[] = [];
  const identity = { nodeId: 'there', version };
  const listener = await listenTcp({ host: '127.0.0.1', identity, security, onLink: link => void links.push(link) });
  let came = 0;
  const door = createServer(socket => {
    socket.on('error', () => {});
    if (++came <= slams) return void socket.destroy();
    const inside = connect(listener.port, '127.0.0.1').on('error', () => socket.destroy());
    socket.pipe(inside).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(door, 'listening');
  const address = `127.0.0.1:${(door.address() as AddressInfo).port}`;
  const end = async () => {
    for (const link of links) link.close();
    door.close();
    await listener.close();
  };
  return { address, end, came: () => came };
}

const linksTo = (address: string, isSuspect: boolean) => {
  const members = { get: () => ({ record: { address, kind: 'node' }, isSuspect }) } as unknown as KnownMembers;
  return new Links('here', security, members, undefined);
};

test('a node that is well gets another chance, and a third', async () => {
  const node = await nodeBehind(2);
  const link = await linksTo(node.address, false).dial('there', 'calls');
  expect(node.came()).toBe(3);
  link.close();
  await node.end();
});

test('one that is suspect gets none, and one that never answers not more than these', async () => {
  const node = await nodeBehind(Number.POSITIVE_INFINITY);
  const refused = { code: 'ERR_AKTIS_CONNECTION' };
  await expect(linksTo(node.address, true).dial('there', 'calls')).rejects.toMatchObject(refused);
  expect(node.came()).toBe(1);
  await expect(linksTo(node.address, false).dial('there', 'calls')).rejects.toMatchObject(refused);
  expect(node.came()).toBe(4);
  await node.end();
});
