import type { Node, ResourceMap } from '@aktis/core';
import type { ControlStore } from '../control-store.ts';

/** What waits on a node, and why. */
export interface PendingWork {
  readonly shape: ResourceMap;
  readonly count: number;
  readonly reason: string;
}

/** What a node says of itself when somebody asks for the cluster's status. */
export interface NodeReport {
  readonly available: ResourceMap;
  readonly pending: readonly PendingWork[];
  /** What its clock says; milliseconds since 1970. */
  readonly time: number;
}

const REPORT_LIMIT_MS = 1_500;

function subject(nodeId: string): string {
  return `node.${nodeId}.report`;
}

/** Answers for `node`; returns what ends it. */
export function serveReport(store: ControlStore, node: Node): () => void {
  return store.serve(subject(node.id), () => JSON.stringify(reportOf(node)));
}

/** Undefined: it does not answer. */
export async function askForReport(store: ControlStore, nodeId: string): Promise<NodeReport | undefined> {
  try {
    return JSON.parse(await store.request(subject(nodeId), '', REPORT_LIMIT_MS)) as NodeReport;
  } catch {
    return undefined;
  }
}

function reportOf(node: Node): NodeReport {
  const groups = new Map<string, { shape: ResourceMap; count: number; reason: string }>();
  for (const task of node.tasks.unfinished.all()) {
    if (task.state !== 'queued' || task.actorId !== 0) continue;
    const shape = task.callable.resources;
    const reason = task.route.explain(task);
    const key = `${JSON.stringify(shape)} ${reason}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { shape, count: 1, reason });
    else group.count++;
  }
  return { available: node.scheduler.pool.available, pending: [...groups.values()], time: Date.now() };
}
