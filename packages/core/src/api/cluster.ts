import { writeFile } from 'node:fs/promises';
import { isLoadingModules, neverWhileLoading, runningRuntime } from '../current-runtime.ts';
import { isObjectRef, isRefGroup, type ObjectRef } from '../object-ref.ts';
import { cancelOptions } from '../options/index.ts';
import type { TraceEvent } from '../timeline.ts';
import type { CancelOptions, MemoryStats, NodeInfo } from '../types.ts';

/**
 * Cancels the task (or actor call) that makes `ref`: one that has not started never runs; one that runs is told by its
 * `signal` and `isCancelled`, and if it has not ended after `grace` ms its thread is replaced. `get(ref)` rejects with
 * `TaskCancelledError` at once. A finished task stays as it is.
 */
export async function cancel(ref: ObjectRef | readonly ObjectRef[], options?: CancelOptions): Promise<void> {
  const target = isRefGroup(ref) ? ref[0] : ref;
  if (!isObjectRef(target)) throw new TypeError('cancel() takes the ObjectRef of a task or of an actor call');
  const settings = { force: false, recursive: true, grace: 1000, ...cancelOptions(options) };
  if (!isLoadingModules()) await target.home.ask('cancel', { ref: identityOf(target), options: settings });
}

/** Why `ref` is not ready, in words. */
export async function explain(ref: ObjectRef): Promise<string> {
  if (!isObjectRef(ref)) throw new TypeError('explain() takes an ObjectRef');
  return (await ref.home.ask('explain', { ref: identityOf(ref) })) as string;
}

/** The nodes of this session or cluster. */
export async function nodes(options?: { all?: boolean }): Promise<NodeInfo[]> {
  return (await ask('nodes', options ?? {})) as NodeInfo[];
}

/** All resources there are: `{ CPU: 8, … }`. */
export async function clusterResources(): Promise<Record<string, number>> {
  return (await ask('clusterResources', null)) as Record<string, number>;
}

/** The resources nothing holds at the moment. */
export async function availableResources(): Promise<Record<string, number>> {
  return (await ask('availableResources', null)) as Record<string, number>;
}

/** How full the object store is. */
export async function memoryStats(): Promise<MemoryStats> {
  return (await ask('memoryStats', null)) as MemoryStats;
}

/** What ran where and when, as a Chrome trace (chrome://tracing, ui.perfetto.dev); written to `file` if given. */
export async function timeline(file?: string): Promise<TraceEvent[]> {
  const events = (await ask('timeline', null)) as TraceEvent[];
  if (file !== undefined) await writeFile(file, JSON.stringify(events));
  return events;
}

async function ask(question: string, value: unknown): Promise<unknown> {
  if (isLoadingModules()) return neverWhileLoading();
  return runningRuntime(question).ask(question, value);
}

/** Streams cannot travel as refs, but their end can be named: in a worker by id, in a driver by what the ref holds. */
function identityOf(ref: ObjectRef): { id: number; held: unknown } {
  return { id: ref.held.id, held: 'state' in ref.held ? ref.held : null };
}
