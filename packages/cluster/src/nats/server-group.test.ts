import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepToGroup, serverGroup } from './server-group.ts';

const three = ['10.0.0.1', '10.0.0.2:6379', '10.0.0.3:7000'];

test('a server finds itself by its host, and by its port where several share one', () => {
  expect(serverGroup(three, '10.0.0.2', 6379)).toEqual({
    addresses: ['10.0.0.1:6379', '10.0.0.2:6379', '10.0.0.3:7000'],
    own: '10.0.0.2:6379',
    others: ['10.0.0.1:6379', '10.0.0.3:7000'],
    serverName: 'aktis-10-0-0-2-6379',
    routes: { port: 7379, peers: ['10.0.0.1:7379', '10.0.0.2:7379', '10.0.0.3:8000'] },
  });
  expect(serverGroup(['a:1', 'a:2', 'a:65000'], 'a', 65_000)).toMatchObject({
    own: 'a:65000',
    routes: { port: 64_000 },
  });
});

test.each([
  [['a'], 'a', /one control server or three.*1 were named: a:6379/],
  [['a', 'b', 'a'], 'a', /one control server or three/],
  [['a', 'b', 'c', 'd'], 'a', /one control server or three/],
  [
    ['a', 'b', 'c'],
    '10.0.0.1',
    /None of the control servers a:6379, b:6379, c:6379 is this machine's 10\.0\.0\.1:6379/,
  ],
  [['a:1', 'a:2', 'b'], 'a', /None of the control servers/],
])('%j on %s is refused', (addresses, host, reason) => {
  expect(() => serverGroup(addresses, host, 6379)).toThrow(reason);
});

describe('the tables of a directory', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aktis-group-'));
    mkdirSync(join(directory, 'nats'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test('stay with the servers they were written by, in any order', () => {
    keepToGroup(directory, ['a:1', 'b:1', 'c:1']);
    keepToGroup(directory, ['c:1', 'a:1', 'b:1']);
    expect(() => keepToGroup(directory, ['a:1', 'b:1', 'd:1'])).toThrow(
      /holds the tables of one of a:1,b:1,c:1, and cannot become one of a:1,b:1,d:1/,
    );
    expect(() => keepToGroup(directory, [])).toThrow(/cannot become a single control server/);
  });

  test('of a single server do not become those of three', () => {
    keepToGroup(directory, []);
    expect(() => keepToGroup(directory, ['a:1', 'b:1', 'c:1'])).toThrow(/holds the tables of a single control server/);
  });

  test('that were written before groups were noted are those of a single server', () => {
    mkdirSync(join(directory, 'nats', 'data', 'jetstream'), { recursive: true });
    expect(() => keepToGroup(directory, ['a:1', 'b:1', 'c:1'])).toThrow(/holds the tables of a single control server/);
    keepToGroup(directory, []);
  });
});
