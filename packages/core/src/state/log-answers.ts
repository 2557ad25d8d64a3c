import { clearTimeout, setTimeout } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';
import { InvalidOptionError } from '../errors.ts';
import type { Node } from '../node.ts';
import type { LogAnswer, LogLine, LogQuery } from '../types/logs.ts';
import { listState } from './list-state.ts';

const DEFAULT_TAIL = 100;
const LARGEST_TAIL = 10_000;
const LONGEST_WAIT_MS = 10_000;
const GATHER_MS = 20;
/** Of workers, tasks, actors and jobs. */
const ENDED = ['DEAD', 'FINISHED', 'FAILED', 'SUCCEEDED', 'STOPPED'];

/** Answers the question `log`: what was printed, or what is printed next. */
export async function logOf(node: Node, query: LogQuery): Promise<LogAnswer> {
  check(query);
  const { tail = DEFAULT_TAIL, wait = 0, after } = query;
  const { logs } = node.state;
  const from = after?.[node.id] ?? 0;
  const matches = matcher(query, from);
  const deadline = performance.now() + Math.min(wait, LONGEST_WAIT_MS);
  for (;;) {
    // Before the lines: what ends later is asked about again.
    const { known, ended } = await statusOf(node, query);
    const last = logs.last;
    const { lines, dropped } = logs.lines(query.workerId, matches);
    const left = deadline - performance.now();
    if (lines.length > 0 || ended || !known || left <= 0 || node.isEnding) {
      const shown = after !== undefined ? lines : lines.slice(Math.max(0, lines.length - tail));
      return { lines: shown, last: { [node.id]: last }, dropped, known, ended: ended || node.isEnding };
    }
    await nextChange(node, Math.min(left, 1_000));
  }
}

function matcher({ taskId, actorId, jobId, stream }: LogQuery, from: number): (line: LogLine) => boolean {
  return line =>
    line.number > from &&
    (stream === undefined || line.stream === stream) &&
    (taskId === undefined || line.taskId === taskId) &&
    (actorId === undefined || line.actorId === actorId) &&
    (jobId === undefined || line.jobId === jobId);
}

/** Whether there is such a thing here, and whether it can still print. */
async function statusOf(
  node: Node,
  { workerId, taskId, actorId, jobId }: LogQuery,
): Promise<{ known: boolean; ended: boolean }> {
  const filters = [
    ['workers', 'workerId', workerId],
    ['tasks', 'taskId', taskId],
    ['actors', 'actorId', actorId],
    ['jobs', 'jobId', jobId],
  ] as const;
  for (const [resource, key, id] of filters) {
    const table = id === undefined ? undefined : node.state.table(resource);
    if (table === undefined) continue;
    const query = { filters: [[key, '=', id]], limit: 1 };
    const { items } = await listState<{ state: string; attempt?: number }>(resource, table as never, query);
    const [item] = items;
    if (item === undefined) continue;
    return { known: true, ended: ENDED.includes(item.state) };
  }
  return { known: [workerId, taskId, actorId, jobId].every(id => id === undefined), ended: false };
}

/** Waits for something new, and a moment more: what prints one line prints more. */
async function nextChange(node: Node, milliseconds: number): Promise<void> {
  await new Promise<void>(resolve => {
    const end = () => {
      clearTimeout(timer);
      unwatch();
      resolve();
    };
    const timer = setTimeout(end, milliseconds).unref();
    const unwatch = node.state.logs.watch(end);
  });
  await delay(GATHER_MS, undefined, { ref: false });
}

function check({ workerId, taskId, actorId, jobId, stream, tail }: LogQuery): void {
  const ids = [workerId, taskId, actorId, jobId].filter(id => id !== undefined);
  if (ids.length > 1 || ids.some(id => typeof id !== 'string')) {
    throw new InvalidOptionError(
      'A log is that of one thing, or of all: give taskId, actorId, workerId or jobId, a string, or none of them.',
    );
  }
  if (stream !== undefined && stream !== 'stdout' && stream !== 'stderr') {
    throw new InvalidOptionError(`Option stream is ${String(stream)}, but must be 'stdout' or 'stderr'.`);
  }
  if (tail !== undefined && !(Number.isInteger(tail) && tail >= 0 && tail <= LARGEST_TAIL)) {
    throw new InvalidOptionError(
      `Option tail is ${String(tail)}, but must be a whole number from 0 to ${LARGEST_TAIL}.`,
    );
  }
}
