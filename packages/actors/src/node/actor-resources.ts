import { type CallableOptions, namesResources, type ResourceMap, resourcesOf, type Task } from '@aktis/core';
import { ResourceShape } from '@aktis/core/hub';

/** Whether actors with these options hold their resources for life; else they take a CPU while they execute. */
export function holdsForLife(options: CallableOptions): boolean {
  return namesResources(options);
}

/** What an actor holds for life. */
export function lifeResources(options: CallableOptions): ResourceMap {
  return resourcesOf(options, 1);
}

/** What one call of an actor without resources needs while it executes. */
export function callShape(task: Task): ResourceShape {
  const cpus = (task as { numCpus?: number }).numCpus ?? 1;
  return cpus === 1 ? ResourceShape.ONE_CPU : ResourceShape.of({ CPU: cpus });
}
