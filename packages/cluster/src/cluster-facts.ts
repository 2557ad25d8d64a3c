import { randomBytes } from 'node:crypto';
import type { ControlStore } from './control-store.ts';
import { version } from './version.ts';

/** What is true of the whole cluster: the entry `cluster` of the table `meta`. */
export interface ClusterFacts {
  readonly clusterId: string;
  /** Of Aktis: nodes of another minor version are refused. */
  readonly version: string;
  readonly createdAt: string;
  /** Where the head listens. */
  readonly address?: string;
  readonly dashboardUrl?: string;
  /** Of the nats-server that the head started. */
  readonly serverPid?: number;
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
