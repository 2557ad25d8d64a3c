import {
  current,
  currentWorker,
  enclosingGroup,
  executions,
  NotInitializedError,
  publicId,
  type RuntimeContext,
  resourcesOf,
} from '@aktis/core';
import { newHandle } from './handle.ts';
import { methodsOf } from './handle-methods.ts';
import { hostOf } from './plugin.ts';

/**
 * Where this code runs: task, actor, worker and node, what was asked for, and whether it should stop. In a driver there is
 * no task, and `signal` never aborts.
 *
 * @example
 * const { signal } = runtimeContext();
 * await fetch(url, { signal });
 */
export function runtimeContext(): RuntimeContext {
  const worker = currentWorker();
  if (worker === undefined) return driverContext();
  const execution = executions.getStore();
  const { data } = worker;
  const host = hostOf(worker);
  const actor = execution === undefined || execution.actor === 0 ? undefined : host?.factsOf(execution.actor);
  const id = (number: number) => publicId(data.nodeId, number);
  return {
    jobId: data.jobId,
    nodeId: data.nodeId,
    workerId: data.workerId,
    taskId: execution === undefined ? undefined : id(execution.id),
    taskName: execution?.name,
    actorId: actor === undefined ? undefined : id(execution?.actor as number),
    actorName: actor?.facts.name,
    namespace: actor?.facts.namespace ?? data.namespace,
    assignedResources: execution === undefined ? {} : resourcesOf(execution.callable.options, 1),
    get signal() {
      return execution?.signal ?? never;
    },
    get isCancelled() {
      return execution?.isCancelled ?? false;
    },
    wasRestarted: actor?.facts.wasRestarted ?? false,
    get currentActor() {
      if (actor === undefined) return undefined;
      return newHandle(
        selfOf(execution?.actor as number),
        worker,
        actor.callable.definition.name,
        methodsOf(actor.callable.definition.target),
      );
    },
    nodeLabels: data.labels,
    get placementGroup() {
      return enclosingGroup(execution?.callable.options.schedulingStrategy);
    },
  };
}

const never = new AbortController().signal;
const selves = new Map<number, { readonly id: number }>();

/** One object per actor, so that its handle is always the same. */
function selfOf(id: number): { readonly id: number } {
  let self = selves.get(id);
  if (self === undefined) selves.set(id, (self = { id }));
  return self;
}

function driverContext(): RuntimeContext {
  const { node } = current;
  if (node === undefined) throw new NotInitializedError('runtimeContext() needs a session: call init() first');
  return {
    jobId: node.jobId,
    nodeId: node.id,
    workerId: undefined,
    taskId: undefined,
    taskName: undefined,
    actorId: undefined,
    actorName: undefined,
    namespace: node.options.namespace ?? '',
    assignedResources: {},
    signal: never,
    isCancelled: false,
    wasRestarted: false,
    currentActor: undefined,
    nodeLabels: node.options.labels ?? {},
    placementGroup: undefined,
  };
}
