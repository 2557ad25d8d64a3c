import { currentRuntime, isLoadingModules, neverWhileLoading, runningRuntime } from '../current-runtime.ts';
import { InvalidOptionError } from '../errors.ts';
import type { GetLogOptions, LogAnswer, LogInfo, LogLine } from '../types.ts';

/** How long one question of a follower waits for more. */
const WAIT_MS = 5_000;

/** The logs there are: one for each worker that printed something. */
export async function listLogs(): Promise<LogInfo[]> {
  if (isLoadingModules()) return neverWhileLoading();
  return (await runningRuntime('listLogs').ask('logs', null)) as LogInfo[];
}

/**
 * What a task, an actor, a worker or a job printed: the last lines of it, from memory.
 *
 * With `follow` the lines that come later, too, as they come, until the task, actor or worker has ended.
 *
 * @throws InvalidOptionError when no such task, actor, worker or job is known.
 * @example
 * for (const line of await getLog({ actorId, tail: 20 })) console.log(line.text);
 * for await (const line of getLog({ taskId: ref.id, follow: true })) console.log(line.text);
 */
export function getLog(options: GetLogOptions & { readonly follow: true }): AsyncIterable<LogLine>;
export function getLog(options: GetLogOptions & { readonly follow?: false }): Promise<LogLine[]>;
export function getLog(options: GetLogOptions): Promise<LogLine[]> | AsyncIterable<LogLine> {
  const { follow = false, signal, ...query } = options;
  return follow ? followed(query, signal) : printed(query);
}

async function printed(query: GetLogOptions): Promise<LogLine[]> {
  if (isLoadingModules()) return neverWhileLoading();
  const answer = (await runningRuntime('getLog').ask('log', query)) as LogAnswer;
  assertKnown(answer, query);
  return [...answer.lines];
}

async function* followed(
  query: GetLogOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogLine, void, undefined> {
  if (isLoadingModules()) await neverWhileLoading();
  let after: LogAnswer['last'] | undefined;
  while (signal?.aborted !== true) {
    const runtime = after === undefined ? runningRuntime('getLog') : currentRuntime();
    const asked = runtime.ask('log', { ...query, ...(after && { after, wait: WAIT_MS }) }) as Promise<LogAnswer>;
    const answer = await unlessAborted(asked, signal);
    if (answer === undefined) return;
    if (after === undefined) assertKnown(answer, query);
    yield* answer.lines;
    if (answer.ended) return;
    after = answer.last;
  }
}

/** Undefined: the signal was faster. */
async function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (signal === undefined) return answer;
  let stop: (() => void) | undefined;
  const aborted = new Promise<undefined>(resolve => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}

function assertKnown({ known }: LogAnswer, { taskId, actorId, workerId, jobId }: GetLogOptions): void {
  if (known) return;
  const what =
    taskId !== undefined
      ? `task ${taskId}`
      : actorId !== undefined
        ? `actor ${actorId}`
        : jobId !== undefined
          ? `job ${jobId}`
          : `worker ${workerId}`;
  throw new InvalidOptionError(
    `No ${what} is known (any more): ids are those of listTasks, listActors, listWorkers and listJobs`,
  );
}
