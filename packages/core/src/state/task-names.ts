import type { Callable } from '../callable.ts';
import type { Task } from '../task.ts';
import type { TaskType } from '../types/state.ts';

/** @param method undefined: not of an actor; empty: its constructor */
export function nameOf({ options, definition }: Callable, method: string | undefined): string {
  if (method === undefined) return options.name ?? definition.name;
  return `${definition.name}.${method === '' ? 'constructor' : method}`;
}

export function functionNameOf({ definition }: Callable, method: string | undefined): string {
  if (method === undefined) return definition.name;
  return method === '' ? definition.name : `${definition.name}.${method}`;
}

export function typeOf(method: string | undefined): TaskType {
  if (method === undefined) return 'NORMAL_TASK';
  return method === '' ? 'ACTOR_CREATION_TASK' : 'ACTOR_TASK';
}

/** Undefined: the task is not of an actor. Empty: it is a constructor. */
export function methodOf(task: Task): string | undefined {
  if (task.actorId === 0) return undefined;
  return (task as { readonly method?: string }).method ?? '';
}
