import { getHeapSnapshot } from 'node:v8';
import { InvalidOptionError } from '../errors.ts';
import { publicId } from '../ids.ts';
import type { Node } from '../node.ts';
import type { HeapSnapshotInfo, ProfileQuery, StackInfo, ThreadTarget } from '../types/threads.ts';
import type { WorkerThread } from '../worker-thread.ts';
import { type CpuProfile, profileHere, profileOf, stackOf } from './thread-inspector.ts';

const LONGEST_PROFILE_MS = 60_000;

/** What workers are doing at this moment: one, or all of the node. Of all, one that does not answer hides no other. */
export async function stacksOf(node: Node, { workerId, nodeId }: ThreadTarget): Promise<StackInfo[]> {
  checkNode(node, nodeId);
  if (workerId !== undefined) {
    const thread = workerOf(node, workerId);
    return [stackInfo(node, thread, await framesOf(thread))];
  }
  return Promise.all(
    [...node.pool.threads].map(thread =>
      framesOf(thread).then(
        frames => stackInfo(node, thread, frames),
        (error: Error) => ({ ...stackInfo(node, thread, []), problem: error.message }),
      ),
    ),
  );
}

async function framesOf(thread: WorkerThread): Promise<StackInfo['frames']> {
  return thread.host === null || thread.state !== 'ready' ? [] : stackOf(thread.host);
}

function stackInfo(node: Node, thread: WorkerThread, frames: StackInfo['frames']): StackInfo {
  const tasks = [...thread.work()].filter(task => task.state === 'sent' && task.hasStarted);
  return {
    workerId: thread.workerId,
    nodeId: node.id,
    frames,
    tasks: tasks.map(({ id, name, output }) => ({ taskId: output.publicId ?? publicId(node.id, id), name })),
  };
}

/** Where a worker, or the hub, spends its time. */
export async function cpuProfile(
  node: Node,
  { workerId, nodeId, duration = 1_000 }: ProfileQuery,
): Promise<CpuProfile> {
  checkNode(node, nodeId);
  if (!(duration > 0 && duration <= LONGEST_PROFILE_MS)) {
    throw new InvalidOptionError(
      `Option duration is ${String(duration)}, but must be a number of milliseconds above 0, up to ${LONGEST_PROFILE_MS}.`,
    );
  }
  const thread = workerId === undefined ? undefined : workerOf(node, workerId);
  return thread?.host ? profileOf(thread.host.threadId, duration) : profileHere(duration);
}

/** Everything on the heap of a worker, or of the hub, for the DevTools; it may be large, so it goes to a file. */
export async function heapSnapshot(node: Node, { workerId, nodeId }: ThreadTarget): Promise<HeapSnapshotInfo> {
  checkNode(node, nodeId);
  const thread = workerId === undefined ? undefined : workerOf(node, workerId);
  const snapshot = thread?.host ? await thread.host.heapSnapshot() : getHeapSnapshot();
  return { nodeId: node.id, ...(await node.state.snapshots.write(workerId ?? node.id, snapshot)) };
}

function workerOf(node: Node, workerId: string): WorkerThread {
  for (const thread of node.pool.threads) if (thread.workerId === workerId) return thread;
  throw new InvalidOptionError(`No living worker ${workerId} is known: ids are those of listWorkers`);
}

/** What is asked of another node of a cluster never comes here. */
function checkNode({ id }: Node, nodeId: string | undefined): void {
  if (nodeId === undefined || nodeId === id) return;
  throw new InvalidOptionError(`No node ${nodeId} is known: ids are those of listNodes`);
}
