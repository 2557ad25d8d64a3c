import { join } from 'node:path';
import { type Connection, type Connector, definingModules, type Node, NodeDiedError } from '@aktis/core';
import { workerEnvironment } from '@aktis/core/loading';
import { type ClusterAccess, findAccess, linkSecurity, openStore, ownAddress } from './cluster-access.ts';
import { readClusterFacts } from './cluster-facts.ts';
import { ClusterNode } from './cluster-node.ts';
import type { ClusterNodeOptions } from './cluster-node-options.ts';
import { clustersHere } from './clusters-here.ts';
import type { Bundle } from './code/index.ts';
import type { ControlStore } from './control-store.ts';
import { dashboardLink } from './daemon/head-dashboard.ts';
import { recordDriver } from './jobs/driver-job.ts';
import { aktisHome } from './session/aktis-home.ts';
import { serveReport } from './status/node-report.ts';

/** How `init({ address })` makes a driver a member of a cluster. */
export const connector: Connector = {
  async connect(node: Node, address: string): Promise<Connection> {
    const here = clustersHere.get(address);
    if (here !== undefined) return here(node);
    // Nothing else keeps the process alive until the driver is a member: connections of drivers do not.
    const alive = setInterval(() => {}, 2 ** 30);
    try {
      return await connect(node, findAccess({ address, token: node.options.token }));
    } finally {
      clearInterval(alive);
    }
  },
};

/** @param more what a test changes */
export async function connect(
  node: Node,
  access: ClusterAccess,
  more: Pick<ClusterNodeOptions, 'timing' | 'wire'> = {},
): Promise<Connection> {
  const bundling = bundle(node);
  // That there is no cluster is told first.
  bundling.catch(() => {});
  const store = await openStore(access, { name: `driver-${process.pid}`, keepsProcessAlive: false });
  let ended: Awaited<ReturnType<typeof recordDriver>> | undefined;
  try {
    const { CodeCache } = await import('./code/index.ts');
    const cache = new CodeCache(join(aktisHome(), 'cache', 'code'), store.blobs);
    const program = await bundling;
    await cache.publish(program);
    const { entry } = workerEnvironment();
    ended = await recordDriver(store, node, { entry, code: program.hash });
    await ClusterNode.join(node, {
      store,
      security: await linkSecurity(access),
      host: await ownAddress(access),
      kind: 'driver',
      name: `driver-${process.pid}`,
      programs: { own: program.hash, file: hash => cache.file(hash) },
      ...more,
    });
    if (node.isEnding) throw new NodeDiedError('The session ended while it joined the cluster');
    serveReport(store, node);
    const { dashboardUrl } = await readClusterFacts(store);
    if (dashboardUrl !== undefined) void tellOfDashboard(store, node, dashboardUrl);
    node.onEnd(async () => {
      // Last of all: until the node has left, it needs the store.
      setImmediate(() => void node.shutdown().then(() => store.close()));
      await ended?.('SUCCEEDED').catch(() => {});
    });
    return { address: access.address, dashboardUrl };
  } catch (error) {
    await ended?.('FAILED').catch(() => {});
    await store.close();
    throw error;
  }
}

/** Whoever runs the program may look; what a job prints is kept, and read by others. */
async function tellOfDashboard(store: ControlStore, node: Node, url: string): Promise<void> {
  const { AKTIS_DASHBOARD, AKTIS_JOB_ID, JEST_WORKER_ID, NODE_ENV } = process.env;
  if (node.options.includeDashboard === false || AKTIS_DASHBOARD === '0') return;
  if (AKTIS_JOB_ID || JEST_WORKER_ID !== undefined || NODE_ENV === 'test') return;
  const link = await dashboardLink(store);
  if (!node.isEnding) node.logs.warn(`View the dashboard at ${link ?? url}`);
}

/** The driver's program, as nodes that have none of its files can load it. */
async function bundle(node: Node): Promise<Bundle> {
  const { bundleProgram, stopEsbuild } = await import('./code/index.ts');
  const { entry } = workerEnvironment();
  try {
    return await bundleProgram({ entry, modules: definingModules(), setup: node.options.runtimeEnv?.setup });
  } finally {
    await stopEsbuild();
  }
}
