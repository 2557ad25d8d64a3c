import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { NatsControlStore } from '@aktis/cluster';
import { connectTcp } from '@aktis/transport/tcp';
import { get, nodes, put, remote, runtimeContext } from 'aktis';
import { Cluster, type TestNode } from 'aktis/testing';
import { AktisCommand } from '../support/aktis-command.ts';
import { NetworkedCluster } from '../support/networked-cluster.ts';

// Nodes on hosts of their own, as far as one machine has them: what crosses from one to the other, and who is let in.

const limit = 180_000;
/** No process has this number. */
const LONG_GONE = 2 ** 30;
const where = remote(function where() {
  return runtimeContext().nodeId;
});
const fill = remote(function fill(bytes: number) {
  return new Uint8Array(bytes).fill(7);
});
const sum = remote(function sum(bytes: Uint8Array) {
  return bytes.reduce((total, byte) => total + byte, 0);
});
@remote
class Counter {
  #count = 0;
  add() {
    return ++this.#count;
  }
}
const countTo = remote(async function countTo(node: { id: string }, times: number) {
  const counter = Counter.options({ schedulingStrategy: { nodeId: node.id } }).remote();
  return (await get(Array.from({ length: times }, () => counter.add.remote()))).at(-1);
});

const networked = new NetworkedCluster();
const aktis = new AktisCommand();
beforeAll(() => {
  spawnSync('ip', ['netns', 'add', `aktis-test_${LONG_GONE}_1_1_wire`]);
  return networked.start({ nodes: [{ name: 'one' }, { name: 'two' }] });
}, limit);
afterAll(() => Promise.all([networked.end(), aktis.end()]), limit);

const at = (node: TestNode) => ({ schedulingStrategy: { nodeId: node.id } });

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(20);
}

/** `address:port` of all that listens in the namespace of that process; only what the process has itself, if `itself`. */
function listeners(pid: number | 'self', itself = false): string[] {
  const own = new Set(
    itself
      ? readdirSync(`/proc/${pid}/fd`).flatMap(fd => {
          try {
            return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
          } catch {
            return [];
          }
        })
      : [],
  );
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap(kind =>
    readFileSync(`/proc/${pid}/net/${kind}`, 'latin1')
      .split('\n')
      .slice(1)
      .map(line => line.trim().split(/\s+/))
      .filter(
        ([, , , state, , , , , , inode]) => state === (kind.startsWith('tcp') ? '0A' : '07') && inode !== undefined,
      )
      .filter(([, , , , , , , , , inode]) => !itself || own.has(`socket:[${inode}]`))
      .map(([, address = '']) => {
        const [host = '', port = ''] = address.split(':');
        const bytes =
          host.length === 8 ? (host.match(/../g) ?? []).reverse().map(hex => Number.parseInt(hex, 16)) : [host];
        return `${bytes.join('.')}:${Number.parseInt(port, 16)}`;
      }),
  );
}

async function addressOf(node: TestNode): Promise<string> {
  return (await nodes()).find(({ nodeId }) => nodeId === node.id)?.address as string;
}

test(
  'tasks, actors and objects go from host to host',
  networked.on(async cluster => {
    const [one, two] = cluster.nodes as [TestNode, TestNode];
    const addresses = (await nodes()).map(({ address }) => (address as string).replace(/:\d+$/, ''));
    expect(new Set(addresses).size).toBe(2);
    for (const address of addresses) expect(address).toMatch(/^198\.18\.\d+\.\d+$/);
    expect(await get([one, two].map(node => where.options(at(node)).remote()))).toEqual([one.id, two.id]);
    const made = fill.options(at(one)).remote(4_000_000);
    expect(await get(sum.options(at(two)).remote(made))).toBe(28_000_000);
    expect(await get(sum.options(at(one)).remote(put(new Uint8Array(2_000_000).fill(1))))).toBe(2_000_000);
    expect((await get(made)).length).toBe(4_000_000);
    expect(await get(countTo.options(at(one)).remote({ id: two.id }, 200))).toBe(200);
  }),
  limit,
);

test(
  'nothing listens but what was asked for, where it was asked for',
  networked.on(async cluster => {
    for (const node of cluster.nodes) expect(listeners(node.pid)).toEqual([await addressOf(node)]);
    const server = join(dirname(cluster.caFile as string), 'nats', 'server.json');
    const { pid } = JSON.parse(readFileSync(server, 'utf8')) as { pid: number };
    expect(listeners(pid)).toEqual([cluster.address]);
    const ownHost = cluster.address.replace(/\d+:\d+$/, '1');
    expect(listeners('self', true).map(address => address.replace(/:\d+$/, ''))).toEqual([ownHost]);
  }),
  limit,
);

test(
  'who has a wrong token, or speaks without TLS, or trusts another certificate, is not let in',
  networked.on(async cluster => {
    const [one] = cluster.nodes as [TestNode];
    const [host, port] = (await addressOf(one)).split(':') as [string, string];
    for (const [address, at] of [[host, port], cluster.address.split(':')] as [string, string][]) {
      const plain = connectPlain({ host: address, port: Number(at) });
      let told = '';
      plain.setEncoding('latin1').on('data', text => {
        told += text;
      });
      plain.on('error', () => {});
      plain.write(`CONNECT {"auth_token":"${cluster.token}","verbose":true}\r\nPING\r\n`);
      await once(plain, 'close');
      expect(told).not.toMatch(/PONG|\+OK/);
    }
    const identity = { nodeId: 'f'.repeat(32), version: (await nodes())[0]?.version as string };
    const asNode = (security: Parameters<typeof connectTcp>[0]['security']) =>
      connectTcp({ host, port: Number(port), channel: 'calls', identity, security });
    await expect(asNode({ token: cluster.token })).rejects.toMatchObject({ code: 'ERR_AKTIS_CONNECTION' });
    const servers = `tls://${cluster.address}`;
    const ca = readFileSync(cluster.caFile as string, 'utf8');
    const asClient = (options: object) =>
      NatsControlStore.connect({ servers, name: 'stranger', token: cluster.token, ...options });
    await expect(asClient({ token: 'x'.repeat(32), tls: { ca } })).rejects.toMatchObject({
      code: 'ERR_AKTIS_AUTHENTICATION',
    });
    await expect(asClient({})).rejects.toThrow(/certificate|trust/i);
  }),
  limit,
);

test(
  'a program elsewhere gets in with the address, the token and the certificate, and is told when it lacks one',
  networked.on(async cluster => {
    aktis.program(
      'elsewhere.mjs',
      `import { get, init, remote } from 'aktis';
       const square = remote(function square(n) { return n * n; });
       try {
         await init();
         console.log(...await get([1, 2, 3].map(n => square.remote(n))));
       } catch ({ code, message }) {
         console.log(code, message);
       }`,
    );
    const good = {
      AKTIS_ADDRESS: cluster.address,
      AKTIS_TOKEN: cluster.token,
      AKTIS_CA_FILE: cluster.caFile as string,
    };
    const lacking = [good, { ...good, AKTIS_TOKEN: 'y'.repeat(32) }, { ...good, AKTIS_CA_FILE: '' }];
    const [all, wrong, without] = await Promise.all(lacking.map(env => aktis.run(['run', 'elsewhere.mjs'], env)));
    expect(all?.stdout).toBe('1 4 9\n');
    expect(wrong?.stdout).toMatch(/^ERR_AKTIS_AUTHENTICATION /);
    expect(without?.stdout).toMatch(/AKTIS_CA_FILE|--ca-file/);
  }),
  limit,
);

test(
  '50 ms between all hosts delay calls and kill nobody, and calls that do not wait for each other cost them once',
  networked.on(async cluster => {
    const before = (await nodes()).map(({ nodeId }) => nodeId).sort();
    const [one, two] = cluster.nodes as [TestNode, TestNode];
    const ends = ['server', 'driver', one, two] as const;
    for (const [i, end] of ends.entries()) await cluster.latency(end, ends.slice(i + 1), 50);
    const counter = Counter.options(at(two)).remote();
    await get(counter.add.remote());
    const timed = async (work: () => Promise<unknown>) => {
      const began = performance.now();
      await work();
      return performance.now() - began;
    };
    const inTurn = await timed(async () => {
      for (let i = 0; i < 10; i++) await get(counter.add.remote());
    });
    const together = await timed(() => get(Array.from({ length: 100 }, () => counter.add.remote())));
    // There and back.
    expect(inTurn).toBeGreaterThan(10 * 100);
    expect(together).toBeLessThan(inTurn);
    expect(await get(sum.options(at(two)).remote(fill.options(at(one)).remote(4_000_000)))).toBe(28_000_000);
    expect(await get(Array.from({ length: 20 }, (_, n) => sum.remote(new Uint8Array([n]))))).toHaveLength(20);
    expect((await nodes()).map(({ nodeId }) => nodeId).sort()).toEqual(before);
    for (const [i, end] of ends.entries()) await cluster.latency(end, ends.slice(i + 1), 0);
  }),
  limit,
);

test(
  'what belongs to a driver of which a node has not heard yet, far as it is from the server, is waited for',
  networked.on(async cluster => {
    const [one, two] = cluster.nodes as [TestNode, TestNode];
    aktis.program(
      'new-driver.mjs',
      `import { get, init, put, remote } from 'aktis';
       const [, , one, two] = process.argv;
       const at = nodeId => ({ schedulingStrategy: { nodeId } });
       class Scale { weigh(text) { return text.length; } }
       const Scales = remote(Scale);
       const weigh = remote(async function weigh({ ref, scale }) { return get(scale.weigh.remote(await get(ref))); });
       const pass = remote(async function pass(box) { return get(weigh.options(at(two)).remote(box)); });
       await init();
       const scale = Scales.options(at(one)).remote();
       console.log(await get(pass.options(at(one)).remote({ ref: put('x'.repeat(300_000)), scale })));`,
    );
    const env = { AKTIS_ADDRESS: cluster.address, AKTIS_TOKEN: cluster.token, AKTIS_CA_FILE: cluster.caFile as string };
    // The first time both get the program, the second time they have it.
    for (const late of [0, 1_500]) {
      await cluster.latency('server', two, late);
      const ended = await aktis.run(['run', 'new-driver.mjs', one.id, two.id], env);
      expect([ended.status, ended.stdout, ended.stderr]).toEqual([0, '300000\n', expect.anything()]);
    }
    await cluster.latency('server', two, 0);
  }),
  limit,
);

test(
  'a node started by hand says where it can be reached, or is told to',
  networked.on(async cluster => {
    const own = cluster.address.replace(/\d+:\d+$/, '1');
    const env = { AKTIS_TOKEN: cluster.token, AKTIS_CA_FILE: cluster.caFile as string };
    const start = ['start', '--address', cluster.address, '--num-cpus', '1', '--node-name', 'by-hand'];
    const refused = await aktis.run(start, env);
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining(`--host ${own}`)]);
    const started = await aktis.run([...start, '--host', own], env);
    expect([started.status, started.stderr]).toEqual([0, '']);
    const node = () => nodes().then(all => all.find(({ name }) => name === 'by-hand'));
    await until(async () => (await node()) !== undefined);
    const { nodeId, address } = (await node()) as { nodeId: string; address: string };
    expect(address.replace(/:\d+$/, '')).toBe(own);
    expect(await get(where.options({ schedulingStrategy: { nodeId } }).remote())).toBe(nodeId);
    const [one] = cluster.nodes as [TestNode];
    expect(
      await get(sum.options(at(one)).remote(fill.options({ schedulingStrategy: { nodeId } }).remote(1_000_000))),
    ).toBe(7_000_000);
    expect((await aktis.run(['stop'])).status).toBe(0);
  }),
  limit,
);

test(
  'what a killed test leaves goes by itself, and what is left even then, with the next test',
  networked.on(async () => {
    const left = (pid: number | string) =>
      readdirSync('/run/netns').filter(name => name.startsWith(`aktis-test_${pid}_`));
    // Made before the cluster of this file was started.
    expect(left(LONG_GONE)).toEqual([]);
    aktis.program(
      'killed.mjs',
      `import { Cluster } from 'aktis/testing';
       const cluster = await Cluster.start({ network: 'namespaces', nodes: 1 });
       console.log('up', process.pid);
       setInterval(() => {}, 1000);`,
    );
    const { child, ended } = aktis.begin(['run', 'killed.mjs']);
    let told = '';
    child.stdout?.on('data', text => {
      told += text;
    });
    await Promise.race([
      until(() => /^up \d+/m.test(told)),
      ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
    ]);
    const pid = Number(/^up (\d+)/m.exec(told)?.[1]);
    expect(left(pid).length).toBe(4);
    process.kill(pid, 'SIGKILL');
    await ended;
    await until(() => left(pid).length === 0);
  }),
  limit,
);

test('who is not root is told that at once', async () => {
  const { geteuid } = process;
  process.geteuid = () => 1000;
  try {
    await expect(Cluster.start({ network: 'namespaces' })).rejects.toMatchObject({
      code: 'ERR_AKTIS_NETWORK_UNAVAILABLE',
      message: expect.stringMatching(/root|Linux/),
    });
  } finally {
    Object.assign(process, { geteuid });
  }
});

test('what only a network can do is refused without one, and contradictions are', async () => {
  await using cluster = await Cluster.start({ nodes: 1 });
  const [node] = cluster.nodes as [TestNode];
  expect(cluster.caFile).toBeUndefined();
  await expect(cluster.latency(node, 'driver', 5)).rejects.toThrow(/network: 'namespaces'/);
  await expect(cluster.partition(node, 'server')).rejects.toThrow(/network: 'namespaces'/);
  await expect(Cluster.start({ network: 'namespaces', processes: false })).rejects.toThrow(/leave out processes/);
  await expect(Cluster.start({ network: 'namespaces', store: 'memory' })).rejects.toThrow(/share no memory/);
});
