import { Callable, type CallableOptions } from './callable.ts';
import { type Definition, findDefinition } from './definition.ts';
import type { Job } from './runtime-environment.ts';
import type { Task } from './task.ts';

/** Callables that other runtimes have told of: one for all that tell of the same. */
export class ForeignCallables {
  readonly #known = new Map<string, Callable>();

  /** @param wire JSON of its options */
  get(key: string, wire: string, job?: Job): Callable {
    const name = `${job?.id ?? ''} ${key} ${wire}`;
    let callable = this.#known.get(name);
    if (callable === undefined) {
      const { isGenerator, ...options } = JSON.parse(wire) as CallableOptions & { isGenerator?: boolean };
      const known = job === undefined ? findDefinition(key) : undefined;
      callable = new Callable(known ?? unloaded(key), options, isGenerator, job);
      this.#known.set(name, callable);
    }
    return callable;
  }

  /** What a task inside a placement group submits goes to the same group, if the task's strategy says so. */
  captured(callable: Callable, parent: Task | null): Callable {
    const strategy = parent?.callable.options.schedulingStrategy;
    if (typeof strategy !== 'object' || !('placementGroup' in strategy) || strategy.captureChildTasks !== true)
      return callable;
    if (callable.options.schedulingStrategy !== undefined) return callable;
    const schedulingStrategy = { placementGroup: strategy.placementGroup, captureChildTasks: true };
    const { isGenerator } = callable;
    const wire = JSON.stringify({ ...JSON.parse(callable.wire), schedulingStrategy, isGenerator });
    return this.get(callable.definition.key, wire, callable.job);
  }
}

/** A definition whose module only workers have loaded. */
function unloaded(key: string): Definition {
  const at = key.lastIndexOf('#');
  return { key, module: key.slice(0, at), name: key.slice(at + 1), kind: 'function', target: Object, options: {} };
}
