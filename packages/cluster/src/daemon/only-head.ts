import { AktisError } from '@aktis/core';
import { branded } from '@aktis/transport';
import { systemClock } from '../clock.ts';
import type { ControlStore } from '../control-store.ts';
import { NodeTable } from '../membership/node-table.ts';
import { probe } from '../membership/probe.ts';

const PROBE_LIMIT_MS = 2_000;

/** The cluster has a head already. */
class HeadExistsError extends AktisError {
  static override readonly code = 'ERR_AKTIS_HEAD_EXISTS';
}
branded(HeadExistsError);

/** Rejects with `HeadExistsError` while another node of the cluster is its head, or may be: two would both run jobs. */
export async function assertNoOtherHead(store: ControlStore, address: string): Promise<void> {
  for (const { record } of await new NodeTable(store, systemClock).living()) {
    if (!record.isHead) continue;
    const { kind } = await probe(store, record.nodeId, PROBE_LIMIT_MS);
    if (kind === 'nobody') continue;
    const state =
      kind === 'answered' ? 'is its head' : 'is its head, does not answer, and has not been declared dead yet';
    throw new HeadExistsError(
      `The cluster at ${address} has a head: node ${record.name} (pid ${record.pid} on ${record.host}) ${state}. Join it ` +
        `without --head, or end that node first`,
    );
  }
}
