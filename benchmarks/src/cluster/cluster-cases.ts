/** Calls, objects and deaths between processes: a driver, and nodes that are processes of their own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Cases,
  collectGarbage,
  measured,
  oneAtATime,
  repeated,
  times,
  type Workload,
} from '@aktis/cli/microbenchmark';
import { NatsControlStore, NatsServer } from '@aktis/cluster';
import { get, put, remote, runtimeContext, wait } from 'aktis';
import { Cluster } from 'aktis/testing';

const BATCH = 1_000;
const LARGE_BYTES = 64 * 1024 * 1024;
const BROADCAST_BYTES = 100 * 1024 * 1024;

const add = remote(function add(a: number, b: number): number {
  return a + b;
});

const large = remote(function large(): Uint8Array {
  return new Uint8Array(LARGE_BYTES).fill(1);
});

const bytesOf = remote(function bytesOf(value: Uint8Array): number {
  return value.byteLength;
});

/** The first run never ends, and says by a file where it is; the next one ends at once. */
const again = remote({ maxRetries: -1 })(async function again(file: string): Promise<string> {
  const { nodeId } = runtimeContext();
  if (existsSync(file)) return nodeId;
  writeFileSync(file, nodeId);
  return new Promise<never>(() => {});
});

class Server {
  add(a: number, b: number): number {
    return a + b;
  }
  where(): string {
    return runtimeContext().nodeId;
  }
}
remote(Server, { numCpus: 0 });

const Restarting = Server.options({ numCpus: 0, maxRestarts: -1, maxTaskRetries: -1 });

async function onNodes(count: number, prepare: (cluster: Cluster) => Workload | Promise<Workload>): Promise<Workload> {
  const cluster = await Cluster.start({ processes: true, nodes: times(count, () => ({ numCpus: 1 })) });
  await cluster.connect({ includeDashboard: false, logToDriver: false });
  // So that loading is not measured.
  await get(cluster.nodes.map(({ id: nodeId }) => add.options({ schedulingStrategy: { nodeId } }).remote(1, 2)));
  return { ...(await prepare(cluster)), end: () => cluster.end() };
}

/** Milliseconds from `begin` to the end of `until`. */
async function elapsed(begin: () => Promise<unknown>, until: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await begin();
  await until();
  return performance.now() - start;
}

/** By this process, to sockets and files. */
function bytesWritten(): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

const bin = fileURLToPath(new URL('../../../packages/aktis/bin/aktis.js', import.meta.url));

/** What `aktis` prints. */
async function command(home: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [bin, ...args], { env: { ...process.env, AKTIS_HOME: home }, stdio: 'pipe' });
  let text = '';
  child.stdout.on('data', more => (text += more));
  await once(child, 'close');
  return text;
}

export const cases: Cases = {
  tasksOneAtATime: () => onNodes(1, () => oneAtATime(() => get(add.remote(1, 2)))),
  tasksInFlight: () => onNodes(1, () => repeated(BATCH, () => get(times(BATCH, () => add.remote(1, 2))))),
  actorCallsOneAtATime: () =>
    onNodes(1, () => {
      const server = Server.remote();
      return oneAtATime(() => get(server.add.remote(1, 2)));
    }),
  actorCallsInFlight: () =>
    onNodes(1, () => {
      const server = Server.remote();
      return repeated(BATCH, () => get(times(BATCH, () => server.add.remote(1, 2))));
    }),

  /** A result that lies where it was made, to this process. */
  transfer: () =>
    onNodes(1, () =>
      measured(async () => {
        const ref = large.remote();
        await wait([ref], { fetchLocal: false });
        await collectGarbage();
        const start = performance.now();
        await get(ref);
        return { value: LARGE_BYTES / 1e6 / (performance.now() - start) };
      }),
    ),

  /** What this process stored, to three nodes at once. */
  broadcast: () =>
    onNodes(3, ({ nodes }) =>
      measured(async () => {
        const ref = put(new Uint8Array(BROADCAST_BYTES).fill(1));
        await collectGarbage();
        const before = bytesWritten();
        const value = await elapsed(
          async () => {},
          () => get(nodes.map(({ id: nodeId }) => bytesOf.options({ schedulingStrategy: { nodeId } }).remote(ref))),
        );
        return { value, details: { 'times it left its owner': (bytesWritten() - before) / BROADCAST_BYTES } };
      }),
    ),

  actorRestart: () =>
    onNodes(3, cluster =>
      measured(async () => {
        const server = Restarting.remote();
        const victim = cluster.node(await get(server.where.remote()));
        const value = await elapsed(
          () => victim.kill(),
          () => get(server.where.remote()),
        );
        await cluster.addNode({ numCpus: 1 });
        return { value };
      }),
    ),

  taskRetry: () =>
    onNodes(3, cluster =>
      measured(async () => {
        const folder = mkdtempSync(join(tmpdir(), 'aktis-benchmark-'));
        const file = join(folder, 'began');
        const ref = again.remote(file);
        while (!existsSync(file)) await new Promise(resolve => setTimeout(resolve, 5));
        const victim = cluster.node(readFileSync(file, 'utf8'));
        const value = await elapsed(
          () => victim.kill(),
          () => get(ref),
        );
        rmSync(folder, { recursive: true });
        await cluster.addNode({ numCpus: 1 });
        return { value };
      }),
    ),

  /** From the death of a managed server until a client writes again. */
  serverRestart: async () => {
    const directory = mkdtempSync(join(tmpdir(), 'aktis-benchmark-'));
    const token = 'a token for benchmarks';
    const server = await NatsServer.start({ directory, port: 0, token });
    const store = await NatsControlStore.connect({ servers: server.url, token, name: 'benchmark' });
    const table = store.table('meta');
    await table.put('a', '0');
    const workload = measured(async () => {
      const before = server.pid;
      const value = await elapsed(
        async () => process.kill(before, 'SIGKILL'),
        async () => {
          // The connection does not know yet that the server is dead.
          while (server.pid === before || !(await table.put('a', '1').catch(() => 0)))
            await new Promise(resolve => setTimeout(resolve, 5));
        },
      );
      return { value };
    });
    return {
      ...workload,
      async end() {
        await store.close();
        await server.stop();
        rmSync(directory, { recursive: true, force: true });
      },
    };
  },

  clusterUp: async () =>
    measured(async () => {
      const start = performance.now();
      const cluster = await Cluster.start({ processes: true, nodes: 3 });
      const value = performance.now() - start;
      await cluster.connect({ includeDashboard: false });
      await get(add.remote(1, 2));
      const details = { 'first result ms': performance.now() - start };
      await cluster.end();
      return { value, details };
    }),

  commandLineUp: async () =>
    measured(async () => {
      const home = mkdtempSync(join(tmpdir(), 'aktis-benchmark-'));
      try {
        const start = performance.now();
        const told = await command(home, 'start', '--head', '--port', '0', '--num-cpus', '1');
        const address = /init\(\{ address: '(\S+)' \}\)/.exec(told)?.[1] ?? '';
        await Promise.all(
          times(2, i => command(home, 'start', '--address', address, '--num-cpus', '1', '--node-name', `another-${i}`)),
        );
        return { value: performance.now() - start };
      } finally {
        await command(home, 'stop');
        rmSync(home, { recursive: true, force: true });
      }
    }),

  nodeJoins: () =>
    onNodes(1, cluster =>
      measured(async () => {
        const start = performance.now();
        const node = await cluster.addNode({ numCpus: 1 });
        const value = performance.now() - start;
        await get(add.options({ schedulingStrategy: { nodeId: node.id } }).remote(1, 2));
        const details = { 'first result there ms': performance.now() - start };
        await node.stop();
        return { value, details };
      }),
    ),
};
