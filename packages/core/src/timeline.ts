import type { Task } from './task.ts';
import type { WorkerThread } from './worker-thread.ts';

/** How many finished tasks are remembered. */
const CAPACITY = 100_000;

/** One event of the Chrome trace format. */
export interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: 'X' | 'M';
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/** When and where the newest finished tasks ran. Recording one costs a few array writes. */
export class Timeline {
  readonly #names: string[] = [];
  readonly #starts: number[] = [];
  readonly #durations: number[] = [];
  readonly #threads: number[] = [];
  readonly #failed: boolean[] = [];
  #count = 0;

  record(task: Task, thread: WorkerThread | null, start: number, duration: number, failed: boolean): void {
    const at = this.#count++ % CAPACITY;
    this.#names[at] = task.name;
    this.#starts[at] = start;
    this.#durations[at] = duration;
    this.#threads[at] = thread?.number ?? 0;
    this.#failed[at] = failed;
  }

  /** How many were forgotten. */
  get dropped(): number {
    return Math.max(0, this.#count - CAPACITY);
  }

  events(): TraceEvent[] {
    const events: TraceEvent[] = [];
    for (const number of new Set(this.#threads)) {
      const args = { name: `worker ${number}` };
      events.push({ name: 'thread_name', cat: '', ph: 'M', ts: 0, pid: process.pid, tid: number, args });
    }
    for (let i = 0; i < this.#names.length; i++) {
      events.push({
        name: this.#names[i] as string,
        cat: 'task',
        ph: 'X',
        ts: this.#starts[i] as number,
        dur: this.#durations[i] as number,
        pid: process.pid,
        tid: this.#threads[i] as number,
        args: { failed: this.#failed[i] },
      });
    }
    return events;
  }
}
