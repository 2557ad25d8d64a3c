import type { Callable } from '../callable.ts';
import { currentRuntime, isLoadingModules } from '../current-runtime.ts';
import { inertRef } from './objects.ts';

/** What `add.remote(…)` does: submits the task and returns its ref, refs or stream at once. */
export function callTask(callable: Callable, args: readonly unknown[]): unknown {
  if (isLoadingModules()) return inertRef();
  return currentRuntime().submit(callable, args);
}
