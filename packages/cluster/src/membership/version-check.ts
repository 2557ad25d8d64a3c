import { VersionMismatchError } from '@aktis/core';
import type { ControlStore } from '../control-store.ts';
import type { NodeRecord } from '../records.ts';

/**
 * Throws `VersionMismatchError` when the cluster, or a node of it that lives, has another minor version. A node without a
 * lease may be left over from an earlier life of the cluster; its version does not matter.
 */
export async function checkVersion(store: ControlStore, version: string, others: readonly NodeRecord[]): Promise<void> {
  const facts = await store.table('meta').get('cluster');
  const clusterVersion = facts === undefined ? undefined : (JSON.parse(facts.value) as { version?: unknown }).version;
  if (typeof clusterVersion === 'string') demandSameMinor(version, clusterVersion, 'the cluster');
  for (const other of others) {
    if (isSameMinor(version, other.version)) continue;
    const lease = await store.table('leases').get(other.nodeId);
    if (lease !== undefined) demandSameMinor(version, other.version, `its node ${other.name}`);
  }
}

function demandSameMinor(own: string, theirs: string, whose: string): void {
  if (isSameMinor(own, theirs)) return;
  throw new VersionMismatchError(
    `This node runs Aktis ${own}, but ${whose} runs ${theirs}. Install the same minor version on all nodes: ` +
      `npm install aktis@${theirs}`,
  );
}

function isSameMinor(a: string, b: string): boolean {
  return minorOf(a) === minorOf(b);
}

function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
