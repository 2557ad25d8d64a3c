import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthenticationError, ClusterUnreachableError } from '@aktis/core';
import { ForeignNats } from './foreign-nats.fixture.ts';
import { NatsControlStore } from './nats-control-store.ts';

// What a NATS that others run may lack; each is told at once.

let directory: string;
let nats: ForeignNats | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aktis-foreign-'));
});
afterEach(async () => {
  await nats?.stop();
  await rm(directory, { recursive: true });
});

async function connectTo(configuration: string, login = ''): Promise<NatsControlStore> {
  nats ??= await ForeignNats.start(directory, configuration.replace('STORE', join(directory, 'store')));
  return NatsControlStore.connect({ servers: `nats://${login}127.0.0.1:${nats.port}`, name: 'test' });
}

const refusal = async (connecting: Promise<unknown>) => connecting.then(() => undefined).catch(error => error as Error);

afterEach(() => {
  nats = undefined;
});

test('JetStream that is off, for all or for one account', async () => {
  const off = await refusal(connectTo(''));
  expect(off).toBeInstanceOf(ClusterUnreachableError);
  expect(off?.message).toMatch(/answers, but JetStream is off there, which Aktis needs/);
  await nats?.stop();
  nats = undefined;
  const account = `jetstream { store_dir: "STORE" }
    accounts { A { users: [{ user: a, password: p }] }, B { jetstream: enabled, users: [{ user: b, password: p }] } }`;
  expect((await refusal(connectTo(account, 'a:p@')))?.message).toMatch(/JetStream is off there/);
  await (await connectTo(account, 'b:p@')).close();
});

test('rights that the user has not, and a wrong password', async () => {
  const users = `jetstream { store_dir: "STORE" }
    authorization { users: [
      { user: silent, password: p, permissions { publish: ["_INBOX.>"], subscribe: [">"] } }
      { user: deaf, password: p, permissions { publish: [">"], subscribe: ["_INBOX.>"] } }
      { user: listless, password: p, permissions { publish: ["aktis.>", "_INBOX.>"], subscribe: [">"] } }
      { user: able, password: p, permissions {
        publish: ["aktis.>", "$JS.API.>", "$KV.>", "_INBOX.>"], subscribe: ["aktis.>", "_INBOX.>"] } }
    ] }`;
  for (const [user, reason] of [
    ['silent', /Permissions Violation for Publish to "aktis\.default/],
    ['deaf', /Permissions Violation for Subscription to "aktis\.default/],
    ['listless', /Permissions Violation for Publish to "\$JS\.API/],
  ] as const) {
    const error = await refusal(connectTo(users, `${user}:p@`));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error?.message).toMatch(reason);
    expect(error?.message).toMatch(/give the user these rights/);
  }
  expect(await refusal(connectTo(users, 'able:wrong@'))).toBeInstanceOf(AuthenticationError);
  const store = await connectTo(users, 'able:p@');
  expect(await store.table('meta').put('a', '1')).toBeGreaterThan(0);
  await store.close();
});
