import { AktisError } from '@aktis/core';
import type { ControlStore } from '../control-store.ts';
import { NobodyThereError } from '../control-store-errors.ts';
import type { NodeRecord } from '../records.ts';

/** How a node is to leave. */
export interface DrainRequest {
  readonly reason: string;
  /** In ms from now: then it leaves, whatever still runs. */
  readonly deadline: number;
}

const ANSWER_LIMIT_MS = 10_000;

function subject(nodeId: string): string {
  return `node.${nodeId}.drain`;
}

/** Answers for the node `nodeId`; returns what ends it. */
export function serveDrain(
  store: ControlStore,
  nodeId: string,
  drain: (request: DrainRequest) => Promise<void>,
): () => void {
  return store.serve(subject(nodeId), async message => {
    await drain(JSON.parse(message) as DrainRequest);
    return '';
  });
}

/** Asks a node to drain; resolves when all know that it does. */
export async function askToDrain(
  store: ControlStore,
  { nodeId, name, kind }: Pick<NodeRecord, 'nodeId' | 'name' | 'kind'>,
  request: DrainRequest,
): Promise<void> {
  if (kind === 'driver') {
    throw new AktisError(`${name} is a driver, which ends with its program: there is nothing to drain`);
  }
  try {
    await store.request(subject(nodeId), JSON.stringify(request), ANSWER_LIMIT_MS);
  } catch (error) {
    if (!(error instanceof NobodyThereError)) throw error;
    throw new AktisError(`Node ${name} (${nodeId}) does not answer: it may be gone; see "aktis status"`, {
      cause: error,
    });
  }
}

/** Resolves with the record of the node when it has left or died. */
export function nodeGone(store: ControlStore, nodeId: string): Promise<NodeRecord | undefined> {
  return new Promise((resolve, reject) => {
    const watching = store.table('nodes').watch((key, entry) => {
      if (key !== nodeId) return;
      const record = entry === undefined ? undefined : (JSON.parse(entry.value) as NodeRecord);
      if (record !== undefined && record.state !== 'DEAD') return;
      resolve(record);
      void watching.then(end => end());
    }, nodeId);
    watching.catch(reject);
  });
}

/** Why a node that drained has left. */
export function farewell(reason: string, remains: readonly string[]): string {
  if (remains.length === 0) return `it was drained: ${reason}`;
  const [first, ...others] = remains;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `it was drained: ${reason}; at the deadline it still had ${first}${more}`;
}
