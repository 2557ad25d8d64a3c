import type { ControlStore } from '../control-store.ts';
import { NobodyThereError } from '../control-store-errors.ts';

/** `nobody`: the store knows that nothing is connected under this id. `silent`: no answer in time; perhaps it is busy. */
export type ProbeResult =
  | { readonly kind: 'answered'; readonly heartbeat: string }
  | { kind: 'nobody' }
  | { kind: 'silent' };

export function pingSubject(nodeId: string): string {
  return `node.${nodeId}.ping`;
}

/** Asks a node, through the store, whether it lives. */
export async function probe(store: ControlStore, nodeId: string, timeout: number): Promise<ProbeResult> {
  try {
    return { kind: 'answered', heartbeat: await store.request(pingSubject(nodeId), '', timeout) };
  } catch (error) {
    return error instanceof NobodyThereError ? { kind: 'nobody' } : { kind: 'silent' };
  }
}
