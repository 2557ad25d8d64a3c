import { randomBytes } from 'node:crypto';
import type { ControlStore } from './control-store.ts';
import { version } from './version.ts';

/** What is true of the whole cluster: the entry `cluster` of the table `meta`. */
export interface ClusterFacts {
  readonly clusterId: string;
  /** Of Aktis: nodes of another minor version are refused. */
  readonly version: string;
  readonly createdAt: string;
  /** Of the control store: where the head listens, or `host:port` of each of three servers. */
  readonly address?: string;
  readonly dashboardUrl?: string;
  /** Of the nats-server that the head started. */
  readonly serverPid?: number;
}

/** A nats-server that a node runs: the entry `server.<address>` of the table `meta`. */
export interface ServerFacts {
  /** `host:port` */
  readonly address: string;
  readonly pid: number;
  /** Name of the node that runs it. */
  readonly node: string;
}

export async function writeServerFacts(store: ControlStore, facts: ServerFacts): Promise<void> {
  await store.table('meta').put(`server.${facts.address}`, JSON.stringify(facts));
}

/** Writes what the head knows; the id and the birthday of a cluster that comes back stay. */
export async function writeClusterFacts(
  store: ControlStore,
  news: { readonly [Name in 'address' | 'dashboardUrl' | 'serverPid']?: ClusterFacts[Name] | undefined },
): Promise<ClusterFacts> {
  const table = store.table('meta');
  const entry = await table.get('cluster');
  const before: ClusterFacts =
    entry === undefined
      ? { clusterId: randomBytes(16).toString('hex'), version, createdAt: new Date().toISOString() }
      : (JSON.parse(entry.value) as ClusterFacts);
  const facts = { ...before, ...news, version };
  await table.put('cluster', JSON.stringify(facts));
  return facts;
}

export async function readClusterFacts(store: ControlStore): Promise<ClusterFacts> {
  const entry = await store.table('meta').get('cluster');
  return entry === undefined ? { clusterId: '', version, createdAt: '' } : (JSON.parse(entry.value) as ClusterFacts);
}

/** Every server of the control store that `address` names one of. */
export async function allServers(store: ControlStore, { address }: { readonly address: string }): Promise<string> {
  const { address: known = '' } = await readClusterFacts(store);
  const servers = known.split(',');
  return servers.length > 1 && address.split(',').some(each => servers.includes(each)) ? known : address;
}

export async function listServers(store: ControlStore): Promise<ServerFacts[]> {
  return (await store.table('meta').list('server.')).map(({ value }) => JSON.parse(value) as ServerFacts);
}
