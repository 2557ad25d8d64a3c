import { once } from 'node:events';
import { connect } from 'node:net';

/** Connecting to this machine takes no time, whatever the other side is busy with. */
const CONNECT_LIMIT_MS = 2_000;

/** One of this user's sessions on this machine. */
export type RunningSession = RunningProgram | RunningCluster;

/** A program that called `init()` without a cluster. */
export interface RunningProgram {
  readonly kind: 'program';
  readonly pid: number;
  /** Of its dashboard. */
  readonly url: string;
  readonly token: string;
  readonly startedAt: string;
}

export interface RunningCluster {
  readonly kind: 'cluster';
  readonly address: string;
  /** When its newest node here was started. */
  readonly startedAt: string;
}

/** Of both kinds, the newest first. */
export async function runningSessions(): Promise<RunningSession[]> {
  const [{ livingSessions }, { listDashboards }] = await Promise.all([
    import('@aktis/cluster'),
    import('@aktis/dashboard'),
  ]);
  const nodes = livingSessions();
  const clusters = new Map<string, RunningCluster>();
  for (const { address, startedAt } of nodes) {
    if (!clusters.has(address)) clusters.set(address, { kind: 'cluster', address, startedAt });
  }
  // The dashboard of a cluster is that of its head, which is found as a node.
  const daemons = new Set(nodes.map(({ process }) => process.pid));
  const dashboards = (await listDashboards()).filter(({ pid }) => !daemons.has(pid));
  const living = await Promise.all(dashboards.map(({ url }) => listens(url)));
  const programs = dashboards
    .filter((_, i) => living[i])
    .map(({ pid, url, token, startedAt }): RunningProgram => ({ kind: 'program', pid, url, token, startedAt }));
  return [...clusters.values(), ...programs].sort((a, b) => b.startedAt.localeCompare(a.startedAt));
}

/** Its process may have ended without a word, and another one have its pid. */
async function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_LIMIT_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** For messages. */
export function titleOf(session: RunningSession): string {
  return session.kind === 'program'
    ? `the program with pid ${session.pid} (--address ${session.url})`
    : `the cluster at ${session.address}`;
}
