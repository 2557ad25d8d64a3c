import { clearInterval, setInterval } from 'node:timers';
import type { Task } from '../task.ts';
import type { WorkerThread } from '../worker-thread.ts';
import { type MachineMemory, machineMemory } from './machine-memory.ts';

const INTERVAL_MS = 250;
/** So long the memory of a stopped worker may take to be free again, before the next one is stopped. */
const RECOVERY_MS = 1_000;
const DEFAULT_THRESHOLD = 0.95;
/** So much of the memory before work has to be stopped, what nobody needs at the moment is given back. */
const SHORT_OF_THRESHOLD = 0.05;

/** What the monitor needs of its node. */
interface MonitoredNode {
  readonly pool: { readonly threads: Iterable<WorkerThread> };
  readonly logs: { warn(text: string): void };
}

/**
 * Stops work before the machine runs out of memory, which would end the whole process, or another: above a threshold,
 * the worker of the newest work that may run again is stopped; if there is none, that of the newest.
 */
export class MemoryMonitor {
  readonly #node: MonitoredNode;
  readonly #read: () => MachineMemory | undefined;
  readonly #threshold: number;
  #timer: NodeJS.Timeout | undefined;
  #calmUntil = 0;
  #isShort = false;
  /** Called at every look while memory is short. */
  onShort: () => void = () => {};

  constructor(node: MonitoredNode, threshold = thresholdOf(process.env), read = machineMemory) {
    this.#node = node;
    this.#read = read;
    this.#threshold = threshold;
  }

  /** Never keeps the process running. */
  start(): void {
    if (this.#threshold >= 1 || this.#read() === undefined) return;
    this.#timer = setInterval(() => this.check(), INTERVAL_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Whether little was missing to the threshold when the monitor looked last. */
  get isShort(): boolean {
    return this.#isShort;
  }

  /** Stops one worker if there is too little memory left. */
  check(now = performance.now()): void {
    if (now < this.#calmUntil) return;
    const memory = this.#read();
    if (memory === undefined) return;
    this.#isShort = memory.usedBytes >= (this.#threshold - SHORT_OF_THRESHOLD) * memory.limitBytes;
    if (this.#isShort) this.onShort();
    if (memory.usedBytes < this.#threshold * memory.limitBytes) return;
    const victim = newest(this.#node.pool.threads);
    if (victim?.thread == null) return;
    this.#calmUntil = now + RECOVERY_MS;
    const { name, thread } = victim;
    const [used, limit, own] = [memory.usedBytes, memory.limitBytes, process.memoryUsage.rss()].map(gigabytes);
    const percent = Math.round((100 * memory.usedBytes) / memory.limitBytes);
    this.#node.logs.warn(
      `The machine's memory is ${percent} % full (${used} of ${limit} GB, this process: ${own} GB), so worker ` +
        `${thread.workerId} with ${name}, the newest that may run again, was stopped`,
    );
    thread.terminateForMemory(
      `was stopped because the machine's memory was ${percent} % full (${used} of ${limit} GB, this process: ${own} GB). ` +
        'Let fewer run at a time (options({ numCpus }) or options({ memory })), process less in each, or set ' +
        'AKTIS_MEMORY_USAGE_THRESHOLD',
    );
  }
}

/** The work that began last, of what may run again if there is such. */
function newest(threads: Iterable<WorkerThread>): Task | undefined {
  let best: Task | undefined;
  for (const thread of threads) {
    if (thread.state === 'dead' || thread.condemned) continue;
    for (const task of thread.work()) {
      if (task.state === 'sent' && task.hasStarted && (best === undefined || isBetter(task, best))) best = task;
    }
  }
  return best;
}

function isBetter(a: Task, b: Task): boolean {
  const [mayRunAgain, mayOther] = [a.retriesLeft !== 0, b.retriesLeft !== 0];
  return mayRunAgain === mayOther ? a.submittedAt > b.submittedAt : mayRunAgain;
}

/** `AKTIS_MEMORY_USAGE_THRESHOLD`: the share of the memory that may be in use; 1: any. */
function thresholdOf({ AKTIS_MEMORY_USAGE_THRESHOLD: text }: NodeJS.ProcessEnv): number {
  const share = Number(text || DEFAULT_THRESHOLD);
  return share > 0 && share <= 1 ? share : DEFAULT_THRESHOLD;
}

function gigabytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
