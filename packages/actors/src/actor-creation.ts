import { atCall, type Callable, checkedFor, currentRuntime, InvalidOptionError, isLoadingModules } from '@aktis/core';
import { checkGroups } from './concurrency-groups.ts';
import { newHandle } from './handle.ts';
import { methodsOf, withRetries } from './handle-methods.ts';

/**
 * What `Counter.remote(…)` does: creates the actor and returns its handle at once.
 *
 * @param entered what the user called
 */
export function createActor(
  callable: Callable,
  args: readonly unknown[],
  entered: (...args: never[]) => unknown = createActor,
): object {
  const { name } = callable.definition;
  const methods = checkedFor(entered, methodTextOf, callable);
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
    throw atCall(error, name, entered);
  }
}

function methodTextOf({ options, definition }: Callable): string {
  if (options.getIfExists === true && options.name === undefined) {
    throw new InvalidOptionError('Option getIfExists is true, but name is missing: it says which actor to look for');
  }
  const methods = withRetries(methodsOf(definition.target), options.maxTaskRetries);
  checkGroups(definition.name, methods, options.concurrencyGroups);
  return methods;
}
