import { atCall, type Callable, currentRuntime, InvalidOptionError, isLoadingModules } from '@aktis/core';
import { checkGroups } from './concurrency-groups.ts';
import { newHandle } from './handle.ts';
import { methodsOf, withRetries } from './handle-methods.ts';

/** What `Counter.remote(…)` does: creates the actor and returns its handle at once. */
export function createActor(callable: Callable, args: readonly unknown[]): object {
  const { getIfExists, name: ownName } = callable.options;
  if (getIfExists === true && ownName === undefined) {
    throw new InvalidOptionError('Option getIfExists is true, but name is missing: it says which actor to look for');
  }
  const methods = withRetries(methodsOf(callable.definition.target), callable.options.maxTaskRetries);
  const { name } = callable.definition;
  checkGroups(name, methods, callable.options.concurrencyGroups);
  const runtime = currentRuntime();
  if (isLoadingModules()) return newHandle({ id: 0 }, runtime, name, methods);
  try {
    return newHandle(
      runtime.createActor(callable, args, methods),
      runtime,
      name,
      methods,
      callable.options.maxPendingCalls,
    );
  } catch (error) {
    throw atCall(error, name, createActor);
  }
}
