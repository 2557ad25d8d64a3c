import { isLoadingModules, neverWhileLoading, runningRuntime } from '../current-runtime.ts';
import type { HeapSnapshotInfo, ProfileQuery, StackInfo, ThreadTarget } from '../types.ts';

/**
 * What workers are executing at this moment, even in an endless loop: one worker, or without `workerId` all of them. Each
 * is stopped for a few milliseconds.
 */
export async function getStacks(target: ThreadTarget = {}): Promise<StackInfo[]> {
  return (await ask('stacks', target)) as StackInfo[];
}

/**
 * Where a worker spends its time, or without `workerId` the hub of the node: the contents of a `.cpuprofile` file, for the
 * DevTools or https://speedscope.app. `duration`: milliseconds, default 1000.
 */
export async function profileThread(query: ProfileQuery = {}): Promise<Readonly<Record<string, unknown>>> {
  return (await ask('profile', query)) as Readonly<Record<string, unknown>>;
}

/** Writes the heap of a worker, or without `workerId` of the hub, to a file of its node, for the DevTools. The thread stops meanwhile. */
export async function takeHeapSnapshot(target: ThreadTarget = {}): Promise<HeapSnapshotInfo> {
  return (await ask('heapSnapshot', target)) as HeapSnapshotInfo;
}

async function ask(question: string, value: unknown): Promise<unknown> {
  if (isLoadingModules()) return neverWhileLoading();
  return runningRuntime(question).ask(question, value);
}
