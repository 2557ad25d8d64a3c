import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ClusterUnreachableError, ControlPlaneUnavailableError } from '@aktis/core';
import type { ControlStore } from '../control-store.ts';
import { NobodyThereError } from '../control-store-errors.ts';
import type { NodeRecord } from '../records.ts';
import { questionSubject, type ServiceAnswer, type ServiceRequest } from './question-service.ts';

/** A node that is well says within a second that it is at work; its machine may be busy. */
const SIGN_OF_LIFE_MS = 5_000;

/**
 * Asks the cluster, for a process that is no member of it, what a driver could ask its own node: `state`, `stateSummary`,
 * `log`, `timeline`, … One of the living nodes answers for all, the head if it can; when it dies meanwhile, or does not say
 * a word for five seconds, the next one is asked from the start. Rejects with what the answer rejects with, or with
 * `ClusterUnreachableError` when no node answers.
 *
 * @example
 * const { items } = (await askCluster(store, 'state', { resource: 'tasks' })) as StateAnswer<TaskInfo>;
 */
export async function askCluster(store: ControlStore, question: string, value: unknown): Promise<unknown> {
  let problem: unknown;
  for (const { nodeId } of await livingNodes(store)) {
    try {
      return await askNode(store, nodeId, question, value);
    } catch (error) {
      if (!isSilence(error)) throw error;
      problem = error;
    }
  }
  const reason = problem === undefined ? 'it has none, only drivers' : (problem as Error).message;
  throw new ClusterUnreachableError(
    `No node of the cluster answers: ${reason}. "aktis status" shows which there are, "aktis start --address …" adds one`,
    { cause: problem },
  );
}

/** The head first, then the oldest. */
async function livingNodes(store: ControlStore): Promise<NodeRecord[]> {
  const records = (await store.table('nodes').list()).map(({ value }) => JSON.parse(value) as NodeRecord);
  return records
    .filter(({ kind, state }) => kind === 'node' && state !== 'DEAD')
    .sort((a, b) => Number(b.isHead) - Number(a.isHead) || (a.startedAt < b.startedAt ? -1 : 1));
}

async function askNode(store: ControlStore, nodeId: string, question: string, value: unknown): Promise<unknown> {
  const slices: Buffer[] = [];
  let offset = 0;
  let request: ServiceRequest = { question, value };
  for (;;) {
    const { ticket, data, isEnd, isForgotten } = await askOnce(store, nodeId, request);
    if (isForgotten === true) throw new NobodyThereError(`Node ${nodeId} was started anew meanwhile`);
    if (data !== undefined) {
      const slice = Buffer.from(data, 'base64');
      slices.push(slice);
      offset += slice.length;
    }
    if (isEnd === true) return JSON.parse((await promisify(gunzip)(Buffer.concat(slices))).toString());
    request = { ticket, offset };
  }
}

async function askOnce(store: ControlStore, nodeId: string, request: ServiceRequest): Promise<ServiceAnswer> {
  const text = await store.request(questionSubject(nodeId), JSON.stringify(request), SIGN_OF_LIFE_MS);
  return JSON.parse(text) as ServiceAnswer;
}

function isSilence(error: unknown): boolean {
  return error instanceof NobodyThereError || error instanceof ControlPlaneUnavailableError;
}
