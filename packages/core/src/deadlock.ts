import type { ObjectEntry } from './object-entry.ts';
import { Task } from './task.ts';

/**
 * Whether waiting for `entries` can never end because they wait, directly or through others, for `waiter` itself. Returns
 * the tasks of that circle, or null.
 *
 * Only what is certain counts: a wait with a time limit, or on something whose maker is unknown, ends the search.
 */
export function findDeadlock(waiter: Task, entries: readonly ObjectEntry[]): Task[] | null {
  const visited = new Set<Task>();
  return circleThroughEntries(entries);

  function circleThroughEntries(waitedFor: readonly ObjectEntry[]): Task[] | null {
    for (const entry of waitedFor) {
      if (entry.isSettled || !(entry.producer instanceof Task)) continue;
      const circle = circleThrough(entry.producer);
      if (circle !== null) return circle;
    }
    return null;
  }

  function circleThrough(task: Task): Task[] | null {
    if (task === waiter) return [task];
    if (visited.has(task)) return null;
    visited.add(task);
    const circle = next(task);
    return circle === null ? null : [task, ...circle];
  }

  function next(task: Task): Task[] | null {
    if (task.state === 'waiting' && task.arguments !== null) {
      const circle = circleThroughEntries(task.arguments.entries);
      if (circle !== null) return circle;
    }
    if (task.hasStarted) {
      for (const waitedFor of task.waitingFor ?? []) {
        const circle = circleThroughEntries(waitedFor);
        if (circle !== null) return circle;
      }
      return null;
    }
    const blockers = task.route.waitsFor(task);
    if (blockers === null || blockers.length === 0) return null;
    let found: Task[] | null = null;
    for (const blocker of blockers) {
      found = circleThrough(blocker);
      if (found === null) return null;
    }
    return found;
  }
}
