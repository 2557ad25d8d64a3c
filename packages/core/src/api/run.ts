import type { Callable } from '../callable.ts';
import { currentRuntime, isLoadingModules } from '../current-runtime.ts';
import { SerializationError } from '../errors.ts';
import { atCaller } from './at-caller.ts';
import { inertRef } from './objects.ts';

/**
 * What `add.remote(…)` does: submits the task and returns its ref, refs or stream at once.
 *
 * @param entered what the user called
 */
export function callTask(
  callable: Callable,
  args: readonly unknown[],
  entered: (...args: never[]) => unknown = callTask,
): unknown {
  if (isLoadingModules()) return inertRef();
  const runtime = currentRuntime();
  try {
    return runtime.submit(callable, args);
  } catch (error) {
    throw atCall(error, callable.definition.name, entered);
  }
}

/** The stack of what was refused begins with the caller; of an argument, the error says of which call. */
export function atCall(error: unknown, name: string, entered: (...args: never[]) => unknown): unknown {
  if (!(error instanceof SerializationError)) return atCaller(error, entered);
  const cause = error.cause === undefined ? undefined : { cause: error.cause };
  const named = new SerializationError(`${name}.remote(): ${error.message}`, error.path, cause);
  return atCaller(named, entered);
}
