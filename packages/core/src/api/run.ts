import type { Callable } from '../callable.ts';
import { currentRuntime, isLoadingModules } from '../current-runtime.ts';
import { SerializationError } from '../errors.ts';
import { inertRef } from './objects.ts';

/** What `add.remote(…)` does: submits the task and returns its ref, refs or stream at once. */
export function callTask(callable: Callable, args: readonly unknown[]): unknown {
  if (isLoadingModules()) return inertRef();
  const runtime = currentRuntime();
  try {
    return runtime.submit(callable, args);
  } catch (error) {
    throw atCall(error, callable.definition.name, callTask);
  }
}

/** An argument that was refused: the error says of which call, and its stack begins with the caller. */
export function atCall(error: unknown, name: string, entered: (...args: never[]) => unknown): unknown {
  if (!(error instanceof SerializationError)) return error;
  const cause = error.cause === undefined ? undefined : { cause: error.cause };
  const named = new SerializationError(`${name}.remote(): ${error.message}`, error.path, cause);
  Error.captureStackTrace(named, entered);
  return named;
}
