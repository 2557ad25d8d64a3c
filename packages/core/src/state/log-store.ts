import type { LogInfo, LogLine } from '../types/logs.ts';
import { LogFiles } from './log-files.ts';

/** Characters of one worker's output that are remembered. */
const PER_WORKER = 2 ** 20;
/** Characters of all output that are remembered. */
const IN_ALL = 32 * 2 ** 20;
/** Of a longer line only the beginning is. */
const LONGEST_LINE = 16 * 1024;
/** What a line costs beyond its text. */
const OVERHEAD = 100;

export type LogStream = 'stdout' | 'stderr';

/** Whose code printed. */
export interface LogSource {
  readonly name: string;
  /** Undefined: the node's own. */
  readonly jobId?: string | undefined;
  readonly taskId: string | undefined;
  readonly actorId: string | undefined;
}

interface WorkerLog {
  readonly workerId: string;
  readonly number: number;
  lines: LogLine[];
  /** Characters they take, and a little more for each. */
  cost: number;
  dropped: number;
  bytes: number;
  isDead: boolean;
}

/** The newest lines of what workers print, in memory of bounded size, and on request in files. */
export class LogStore {
  readonly #nodeId: string;
  readonly #jobId: string;
  readonly #inAll: number;
  readonly #workers = new Map<string, WorkerLog>();
  /** The beginnings of lines, by worker, stream and source. */
  readonly #partial = new Map<
    string,
    { readonly log: WorkerLog; readonly stream: LogStream; source: LogSource; text: string }
  >();
  #files: LogFiles | undefined;
  #count = 0;
  #cost = 0;
  readonly #watchers = new Set<() => void>();

  constructor({ id, jobId }: { readonly id: string; readonly jobId: string }, inAll = IN_ALL) {
    this.#nodeId = id;
    this.#jobId = jobId;
    this.#inAll = inAll;
  }

  /** Also writes everything to files `worker-<number>.out` and `.err` in `directory` from now on. */
  keepIn(directory: string): void {
    this.#files = new LogFiles(directory);
  }

  /** Any piece of text, lines or not. */
  write(
    worker: { readonly workerId: string; readonly number: number },
    stream: LogStream,
    source: LogSource,
    text: string,
  ): void {
    const log = this.#logOf(worker);
    log.bytes += text.length;
    this.#files?.write(worker.number, stream, text);
    const key = `${worker.workerId} ${stream} ${source.taskId ?? source.name}`;
    const partial = this.#partial.get(key);
    const lines = ((partial?.text ?? '') + text).split('\n');
    const rest = lines.pop() as string;
    if (rest === '') this.#partial.delete(key);
    else if (partial !== undefined && rest.length <= LONGEST_LINE) partial.text = rest;
    else if (rest.length <= LONGEST_LINE) this.#partial.set(key, { log, stream, source, text: rest });
    else {
      this.#partial.delete(key);
      lines.push(rest);
    }
    for (const line of lines) this.#add(log, stream, source, line);
  }

  /** The worker prints no more. */
  ended(workerId: string): void {
    for (const [key, { log, stream, source, text }] of this.#partial) {
      if (log.workerId !== workerId) continue;
      this.#partial.delete(key);
      this.#add(log, stream, source, text);
    }
    const log = this.#workers.get(workerId);
    if (log !== undefined) log.isDead = true;
    this.#notify();
  }

  /** The lines that `matches`, in order, of one worker or of all; and how many older ones were forgotten there. */
  lines(workerId: string | undefined, matches: (line: LogLine) => boolean): { lines: LogLine[]; dropped: number } {
    const one = workerId === undefined ? undefined : this.#workers.get(workerId);
    const logs = workerId === undefined ? [...this.#workers.values()] : one === undefined ? [] : [one];
    const lines = logs.flatMap(log => log.lines.filter(matches));
    if (logs.length > 1) lines.sort((a, b) => a.number - b.number);
    return { lines, dropped: logs.reduce((sum, { dropped }) => sum + dropped, 0) };
  }

  /** Whether the worker has printed anything that is remembered. */
  knows(workerId: string): boolean {
    return this.#workers.has(workerId);
  }

  /** The number of the newest line. */
  get last(): number {
    return this.#count;
  }

  list(): LogInfo[] {
    return Array.from(this.#workers.values(), log => ({
      workerId: log.workerId,
      workerNumber: log.number,
      nodeId: this.#nodeId,
      state: log.isDead ? 'DEAD' : 'ALIVE',
      lines: log.lines.length,
      bytes: log.bytes,
      files: this.#files?.of(log.number) ?? [],
    }));
  }

  /** Calls back when something has been printed or a worker has ended. Returns what ends that. */
  watch(callback: () => void): () => void {
    this.#watchers.add(callback);
    return () => this.#watchers.delete(callback);
  }

  /** Whoever waits for more should look again: something else has changed. */
  close(): void {
    this.#notify();
    this.#files?.close();
  }

  #logOf({ workerId, number }: { readonly workerId: string; readonly number: number }): WorkerLog {
    let log = this.#workers.get(workerId);
    if (log === undefined) {
      log = { workerId, number, lines: [], cost: 0, dropped: 0, bytes: 0, isDead: false };
      this.#workers.set(workerId, log);
    }
    return log;
  }

  #add(
    log: WorkerLog,
    stream: LogStream,
    { name, jobId = this.#jobId, taskId, actorId }: LogSource,
    line: string,
  ): void {
    const text = line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
    log.lines.push({
      number: ++this.#count,
      at: new Date().toISOString(),
      stream,
      text,
      nodeId: this.#nodeId,
      workerId: log.workerId,
      jobId,
      ...(taskId !== undefined && { taskId }),
      ...(actorId !== undefined && { actorId }),
      name,
    });
    log.cost += text.length + OVERHEAD;
    this.#cost += text.length + OVERHEAD;
    if (log.cost > PER_WORKER) this.#shorten(log);
    if (this.#cost > this.#inAll) this.#makeRoom();
    this.#notify();
  }

  /** Forgets the older quarter of a log. */
  #shorten(log: WorkerLog): void {
    const count = Math.ceil(log.lines.length / 4);
    const cost = log.lines.slice(0, count).reduce((sum, { text }) => sum + text.length + OVERHEAD, 0);
    log.lines = log.lines.slice(count);
    log.dropped += count;
    log.cost -= cost;
    this.#cost -= cost;
  }

  /** First the dead go, oldest first, then the longest are shortened. */
  #makeRoom(): void {
    for (const [workerId, log] of this.#workers) {
      if (this.#cost <= this.#inAll) return;
      if (!log.isDead) continue;
      this.#workers.delete(workerId);
      this.#cost -= log.cost;
    }
    while (this.#cost > this.#inAll) {
      let longest: WorkerLog | undefined;
      for (const log of this.#workers.values()) if (log.cost > (longest?.cost ?? 0)) longest = log;
      if (longest === undefined) return;
      this.#shorten(longest);
    }
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
