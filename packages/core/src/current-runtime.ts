import { NotInitializedError } from './errors.ts';
import type { Node } from './node.ts';
import type { Runtime } from './runtime.ts';
import type { Sessions } from './sessions.ts';
import { executions } from './worker/execution.ts';
import type { WorkerRuntime } from './worker/worker-runtime.ts';

/** The one piece of global state, shared by all copies of the package in a thread: whose calls are made here. */
interface Current {
  /** In a driver, the running session's node. */
  node: Node | undefined;
  /** In a worker thread. */
  worker: WorkerRuntime | undefined;
  /** Starts and ends sessions. Undefined until the hub is loaded, which worker threads do without. */
  sessions: Sessions | undefined;
}

const symbol = Symbol.for('aktis.current');
const shared = globalThis as { [symbol]?: Current };
shared[symbol] ??= { node: undefined, worker: undefined, sessions: undefined };

export const current: Current = shared[symbol];

const workerSymbol = Symbol.for('aktis.worker');

/** This thread is a worker from now on. */
export function enterWorker(runtime: WorkerRuntime): void {
  current.worker = runtime;
  // The driver has validated all options already.
  (globalThis as { [workerSymbol]?: true })[workerSymbol] = true;
}

/** The runtime that calls made here belong to; a driver without a session gets a local one. */
export function currentRuntime(): Runtime {
  if (current.worker !== undefined) return current.worker;
  const node = current.node;
  if (node === undefined) {
    if (current.sessions === undefined) throw new NotInitializedError('Call init() first');
    return current.sessions.start({}).runtime;
  }
  if (node.options.transport === 'inline') return executions.getStore()?.worker ?? node.runtime;
  return node.runtime;
}

/** The same, but for calls that only make sense in a session that is there already. */
export function runningRuntime(caller: string): Runtime {
  if (current.worker === undefined && (current.node === undefined || current.node.isEnding)) {
    throw new NotInitializedError(`${caller}() needs a running session: call init() first`);
  }
  return currentRuntime();
}

/**
 * What calls that wait return while a worker only loads the module that makes them: never a value, like `init()`. The
 * module has gone as far as it will.
 */
export function neverWhileLoading(): Promise<never> {
  current.worker?.loader.initReached();
  return new Promise<never>(() => {});
}

/** The worker whose code is running, or undefined in a driver. */
export function currentWorker(): WorkerRuntime | undefined {
  return current.worker ?? executions.getStore()?.worker;
}

/**
 * Whether this is module code that a worker evaluates while it loads the program: there, what the driver's script would
 * start must not be started again.
 */
export function isLoadingModules(): boolean {
  return current.worker?.loader.loading === true && executions.getStore() === undefined;
}
