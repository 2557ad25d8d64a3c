import { current, currentWorker } from '../current-runtime.ts';
import { AlreadyInitializedError } from '../errors.ts';
import { initOptions } from '../options/index.ts';
import { workerPlugins } from '../plugin.ts';
import type { Sessions } from '../sessions.ts';
import { stackHere } from '../stack.ts';
import type { InitOptions, Session } from '../types.ts';
import { executions } from '../worker/execution.ts';
import { atCaller, checkedFor } from './at-caller.ts';

/**
 * Starts a local node, or joins a cluster. Calls made before `init` start a local node by themselves.
 *
 * In a worker, where the driver's script is loaded for what it defines, `init` never returns: the body of the script ends
 * there.
 *
 * @throws AlreadyInitializedError when a session is running already, unless `ignoreReinitError` is set.
 * @example
 * await init({ numCpus: 4 });
 */
export async function init(options?: InitOptions): Promise<Session> {
  const worker = currentWorker();
  if (worker !== undefined && executions.getStore() !== undefined) return sessionOfTask(worker.nodeId, options);
  if (worker !== undefined) {
    worker.loader.initReached();
    return new Promise<never>(() => {});
  }
  const valid = checkedFor(init, initOptions, options);
  const sessions = current.sessions ?? (await loadSessions());
  const { node } = current;
  if (node !== undefined && !node.isEnding) {
    if (valid.ignoreReinitError === true) return sessions.of(node);
    throw atCaller(alreadyInitialized(), init);
  }
  if (node !== undefined) await node.shutdown();
  valid.signal?.throwIfAborted();
  return sessions.open(valid, stackHere());
}

/** Ends everything this program started: what is unfinished is rejected, threads end. Idempotent; runs by itself at exit. */
export async function shutdown(): Promise<void> {
  if (current.worker !== undefined) return;
  const { node } = current;
  if (node !== undefined) await current.sessions?.end(node);
}

/** Whether a session is running in this program. */
export function isInitialized(): boolean {
  return current.worker !== undefined || (current.node !== undefined && !current.node.isEnding);
}

/** A thread that a task has started is no worker, but finds its packages by the rules of one: without the hub. */
async function loadSessions(): Promise<Sessions> {
  await Promise.all([import('@aktis/core/hub'), ...workerPlugins().map(plugin => plugin.loadNodePlugin())]);
  return current.sessions as Sessions;
}

/** A task runs in a session already, which is not its to end. */
function sessionOfTask(nodeId: string, options: InitOptions | undefined): Session {
  if (options?.ignoreReinitError !== true) throw alreadyInitialized();
  return { nodeId, address: 'local', dashboardUrl: undefined, [Symbol.asyncDispose]: async () => {} };
}

function alreadyInitialized(): AlreadyInitializedError {
  return new AlreadyInitializedError(
    'init() was called twice: this program has a session already. Call shutdown() first, or pass ignoreReinitError: true',
  );
}
