import type { Payload } from '@aktis/transport';
import type { Callable, CallableOptions } from './callable.ts';
import { type Holdable, ObjectEntry, type Producer, type Waiter } from './object-entry.ts';
import type { Hold } from './object-store.ts';
import type { Resolved, ToWorker } from './protocol.ts';
import { turnNow } from './state/turn-clock.ts';
import type { Stream } from './stream.ts';
import type { TaskList } from './task-list.ts';
import type { CancelSettings } from './task-manager.ts';
import type { WorkerThread } from './worker-thread.ts';

/**
 * Where the tasks of one kind wait and run: the queue of a resource shape for functions, the actor for its methods. The
 * task manager knows nothing else about the difference.
 */
export interface TaskRoute {
  /** `force` and replacing the thread are allowed: nothing but the task is lost by it. */
  readonly interruptible: boolean;
  /** The arguments exist, perhaps on disk or on other nodes; the task may run. Also called when it is to run again. */
  ready(task: Task): void;
  /** It was sent but never started and came back; it goes before what is queued. */
  returned(task: Task): void;
  /** It has ended (or was cancelled, as `settings` say) before it was sent, or while it was on another node. */
  withdrawn(task: Task, settings?: CancelSettings): void;
  /** Its answer came, or the thread it was sent to is gone: what it occupied there is free. `duration` in µs, -1: unknown. */
  left(task: Task, thread: WorkerThread, duration: number): void;
  /** The message that starts it on `thread`. */
  message(task: Task, thread: WorkerThread, slot: number): ToWorker;
  /** What to do about a started task whose thread died: the failure to report, or run it again. */
  died(task: Task, thread: WorkerThread): void;
  /** The user asked for it to be cancelled. */
  cancel(task: Task, settings: CancelSettings): void;
  /** Its code waits in `get`, and goes on only after `resume` was called. */
  blocked(task: Task): void;
  unblock(task: Task, resume: () => void): void;
  /** Why it does not run yet, in words. */
  explain(task: Task): string;
  /** The tasks that must end or get on before a queued `task` can start; null: it will start by itself. */
  waitsFor(task: Task): readonly Task[] | null;
}

/**
 * ```
 *   waiting ──▶ queued ──▶ sent ──▶ finished
 *  (arguments)    ▲          │          ▲
 *                 └──────────┘          └── from every state, by cancel
 *              retry, taken back
 * ```
 * Whether a sent task has started is known only to its slot in the claim ring.
 */
export type TaskState = 'waiting' | 'queued' | 'sent' | 'finished';

/** One execution of a remote function, of a method, or of an actor's constructor, as its owner sees it. */
export class Task implements Producer {
  readonly id: number;
  readonly callable: Callable;
  readonly route: TaskRoute;
  /** The first (usually only) result; a stream's end. */
  readonly output: ObjectEntry;
  state: TaskState = 'queued';
  args: Payload;
  /** What the arguments refer to; keeps it alive until the task has finished. */
  contains: readonly Holdable[] | null;
  arguments: ArgumentRefs | null = null;
  /** All results, when there is more than one. */
  outputs: readonly ObjectEntry[] | null = null;
  stream: Stream | null = null;
  /** The task whose code submitted this one. */
  parent: Task | null = null;
  /** What that is called when it is on another node. */
  parentName: string | undefined = undefined;
  /** Unfinished ones. */
  children: Set<Task> | null = null;
  thread: WorkerThread | null = null;
  slot = -1;
  retriesLeft: number;
  timeout: number;
  /** Which thrown errors it is run again after: class names, or all. */
  retryExceptions: CallableOptions['retryExceptions'] | readonly string[];
  /** What the route keeps about it: the lane it runs in, the actor it calls. */
  place: unknown = null;
  /** Microseconds it is expected to take; -1: unknown. */
  estimate = -1;
  /** The list of unfinished tasks it is in, and its neighbours there. */
  list: TaskList | null = null;
  previous: Task | null = null;
  next: Task | null = null;
  /** The actor it belongs to; 0: none. */
  actorId = 0;
  /** Counts its runs from 0. */
  attempt = 0;
  /** In milliseconds since the process began. */
  readonly submittedAt = turnNow();
  /** What its code waits for in `get`. */
  waitingFor: Set<readonly ObjectEntry[]> | null = null;

  constructor(
    id: number,
    callable: Callable,
    route: TaskRoute,
    args: Payload,
    contains: readonly Holdable[] | null,
    retries: number,
    timeout: number,
  ) {
    this.id = id;
    this.callable = callable;
    this.route = route;
    this.args = args;
    this.contains = contains;
    this.retriesLeft = retries;
    this.timeout = timeout;
    this.retryExceptions = callable.options.retryExceptions;
    this.output = new ObjectEntry(id, this) as ObjectEntry;
  }

  get name(): string {
    return this.callable.options.name ?? this.callable.definition.name;
  }

  get hasStarted(): boolean {
    return this.thread?.ring.hasStarted(this.slot) ?? false;
  }
}

/** The arguments of a task that are refs: waits for them, then yields their values for the message. */
export class ArgumentRefs implements Waiter {
  readonly entries: readonly ObjectEntry[];
  readonly positions: readonly number[];
  readonly #task: Task;
  readonly #onReady: (task: Task) => void;
  #missing: number;
  /** While some are being brought into memory: ends the wait for them. */
  coming: AbortController | null = null;
  /** Keeps them there until the task is sent. */
  hold: Hold | null = null;
  /** When the last of them was there, as `performance.now()` tells; 0: not yet, -1: it has ended before. */
  readyAt = 0;

  constructor(
    task: Task,
    entries: readonly ObjectEntry[],
    positions: readonly number[],
    onReady: (task: Task) => void,
  ) {
    this.#task = task;
    this.entries = entries;
    this.positions = positions;
    this.#onReady = onReady;
    this.#missing = entries.length;
  }

  await(): void {
    for (const entry of this.entries) entry.wait(this);
  }

  get missing(): number {
    return this.#missing;
  }

  settled(entry: ObjectEntry): void {
    this.#missing--;
    if (this.#missing === 0 || entry.state === 'failed') this.#onReady(this.#task);
  }

  get failed(): ObjectEntry | undefined {
    return this.entries.find(entry => entry.state === 'failed');
  }

  /** Whether every value is in memory. */
  get present(): boolean {
    return this.entries.every(entry => entry.state === 'ready');
  }

  /** Whether some lie on other nodes. */
  get areElsewhere(): boolean {
    return this.entries.some(entry => entry.source !== null);
  }

  get isComing(): boolean {
    return this.coming !== null;
  }

  letGo(): void {
    this.hold?.release();
    this.hold = null;
  }

  values(): Resolved {
    const resolved: (number | Payload)[] = [];
    for (let i = 0; i < this.entries.length; i++) {
      resolved.push(this.positions[i] as number, (this.entries[i] as ObjectEntry).payload as Payload);
    }
    return resolved;
  }

  *contained(): Generator<Holdable> {
    for (const entry of this.entries) if (entry.contains !== null) yield* entry.contains;
  }
}
