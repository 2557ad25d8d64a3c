import { registerReferenceClass, registerWorkerPlugin, type WorkerRuntime } from '@aktis/core';
import { handleReference } from './handle.ts';
import { ActorHost } from './worker/actor-host.ts';

const hosts = new WeakMap<WorkerRuntime, ActorHost>();

/** The actors of the worker whose code is running. */
export function hostOf(worker: WorkerRuntime): ActorHost | undefined {
  return hosts.get(worker);
}

// How actors join a worker, and what every program that uses actors knows of them; imported for its effect.
registerReferenceClass(handleReference);
registerWorkerPlugin({
  module: import.meta.url,
  attach(worker, link) {
    const host = new ActorHost(worker, link);
    hosts.set(worker, host);
    return host;
  },
  loadNodePlugin: () => import('@aktis/actors/hub'),
});
