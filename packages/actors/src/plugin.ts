import { registerPlugin, registerReferenceClass, type WorkerRuntime } from '@aktis/core';
import { handleReference } from './handle.ts';
import { ActorManager } from './node/actor-manager.ts';
import { ActorHost } from './worker/actor-host.ts';

const hosts = new WeakMap<WorkerRuntime, ActorHost>();

/** The actors of the worker whose code is running. */
export function hostOf(worker: WorkerRuntime): ActorHost | undefined {
  return hosts.get(worker);
}

// How actors join the core; imported for its effect by everything that uses actors, and by every worker.
registerReferenceClass(handleReference);
registerPlugin({
  workerModule: import.meta.url,
  attach: node => new ActorManager(node),
  attachWorker(worker, link) {
    const host = new ActorHost(worker, link);
    hosts.set(worker, host);
    return host;
  },
});
