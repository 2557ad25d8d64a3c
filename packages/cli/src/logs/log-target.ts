import { AktisError, type LogInfo, type LogLine, type LogQuery } from '@aktis/core';
import type { Session } from '../session/session.ts';
import { findRecord, listRecords } from '../state/read-records.ts';
import { type ResourceName, resources } from '../state/resources.ts';

/** Which log somebody wants, as it was given. */
export interface LogChoice {
  readonly workerId?: string;
  readonly taskId?: string;
  readonly actorId?: string;
  readonly jobId?: string;
  readonly nodeId?: string;
}

/** What is asked of the nodes, and which of the lines that come are wanted. */
export interface LogTarget {
  readonly query: Pick<LogQuery, 'workerId' | 'taskId' | 'actorId' | 'stream'>;
  readonly isWanted: (line: LogLine) => boolean;
  /** To be called before `isWanted`: finds out about what has not been seen before. */
  readonly learn?: (lines: readonly LogLine[]) => Promise<void>;
  /** For messages: `worker-3`, `the task 3f9a…`. */
  readonly title: string;
  /** Lines come from one place: they need not say from where. */
  readonly isOne: boolean;
}

/** Ids may be shortened to what only they begin with. */
export async function logTarget(session: Session, file: string | undefined, choice: LogChoice): Promise<LogTarget> {
  const nodeId = choice.nodeId === undefined ? undefined : await idOf(session, 'nodes', choice.nodeId);
  const isThere = (line: { readonly nodeId: string }) => nodeId === undefined || line.nodeId === nodeId;
  if (file !== undefined) {
    const logs = (await knownLogs(session)).filter(isThere);
    return { query: namedLog(logs, file), isWanted: () => true, title: file, isOne: true };
  }
  for (const [key, resource, what] of ONE) {
    const given = choice[key];
    if (given === undefined) continue;
    const id = await idOf(session, resource, given);
    return { query: { [key]: id }, isWanted: isThere, title: `the ${what} ${id}`, isOne: true };
  }
  if (choice.jobId === undefined) {
    return { query: {}, isWanted: isThere, title: `the node ${nodeId ?? ''}`, isOne: false };
  }
  const jobId = await idOf(session, 'jobs', choice.jobId);
  const seen = new Set<string>();
  const ofJob = new Set<string>();
  return {
    query: {},
    async learn(lines) {
      const strangers = lines.filter(({ workerId }) => !seen.has(workerId));
      if (strangers.length === 0) return;
      for (const { workerId } of strangers) seen.add(workerId);
      const { items } = await listRecords(session, 'workers', { filters: [['jobId', '=', jobId]], limit: 10_000 });
      for (const { workerId } of items) ofJob.add(workerId);
    },
    isWanted: line => ofJob.has(line.workerId) && isThere(line),
    title: `the job ${jobId}`,
    isOne: false,
  };
}

const ONE = [
  ['workerId', 'workers', 'worker'],
  ['taskId', 'tasks', 'task'],
  ['actorId', 'actors', 'actor'],
] as const;

async function idOf(session: Session, name: ResourceName, id: string): Promise<string> {
  const record = (await findRecord(session, name, id)) as unknown as Readonly<Record<string, string>>;
  return record[resources[name].id] as string;
}

interface NamedLog extends Pick<LogInfo, 'workerId' | 'workerNumber' | 'nodeId' | 'files'> {}

/** Also of workers that have not printed anything yet. */
async function knownLogs(session: Session): Promise<NamedLog[]> {
  const [logs, { items }] = await Promise.all([
    session.source.ask<readonly LogInfo[]>('logs'),
    listRecords(session, 'workers', { limit: 10_000 }),
  ]);
  const known = new Map<string, NamedLog>();
  for (const { workerId, number, nodeId } of items)
    known.set(workerId, { workerId, workerNumber: number, nodeId, files: [] });
  for (const log of logs) known.set(log.workerId, log);
  return [...known.values()];
}

/** `worker-3`, of one stream `worker-3.out` or `worker-3.err`, a file as the list of logs has it, or a worker's id. */
export function namedLog(logs: readonly NamedLog[], name: string): LogTarget['query'] {
  const [, number, ending] = /(?:^|\/)worker-(\d+)(?:\.(out|err))?$/.exec(name) ?? [];
  const stream = ending === 'out' ? 'stdout' : ending === 'err' ? 'stderr' : undefined;
  const byFile = logs.filter(({ files }) => files.includes(name));
  const byNumber = name.includes('/') ? [] : logs.filter(log => String(log.workerNumber) === number);
  const found =
    [byFile, byNumber, logs.filter(({ workerId }) => workerId === name)].find(({ length }) => length > 0) ?? [];
  const [only] = found;
  if (found.length === 1 && only !== undefined) {
    return { workerId: only.workerId, ...(stream !== undefined && { stream }) };
  }
  throw new AktisError(
    found.length === 0
      ? `There is no log ${name}; see "aktis logs"`
      : `${found.length} nodes have a log ${name}: say which, with --node-id or --worker-id`,
  );
}
