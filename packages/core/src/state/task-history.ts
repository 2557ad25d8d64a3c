import { type Codec, payloadBytes } from '@aktis/transport';
import type { Callable } from '../callable.ts';
import { Failure } from '../failure.ts';
import { publicId } from '../ids.ts';
import type { ObjectEntry } from '../object-entry.ts';
import type { Task } from '../task.ts';
import type { ErrorInfo } from '../types/state.ts';
import { deathOf } from '../worker-death.ts';
import type { WorkerThread } from '../worker-thread.ts';
import { channels, type TaskEvent, type TaskFinishEvent } from './channels.ts';
import { methodOf } from './task-names.ts';

/** How many ended tasks are remembered. */
const CAPACITY = 100_000;
/** Of how many of them it is remembered why they failed. */
const FAILURES = 10_000;
/** Errors with more text than this are not kept as they are. */
const LARGEST_FAILURE = 4096;

/** What is kept of each task as a number: one line of a processor's cache. */
const Column = { Id: 0, Parent: 1, Actor: 2, Submitted: 3, Start: 4, End: 5, Bytes: 6, Outcome: 7 } as const;
const WIDTH = 8;

/** An outcome is `(thread * ATTEMPTS + attempt) * 2 + failed`. */
const ATTEMPTS = 2 ** 20;

/** What was known of a task when its thread died under it. */
interface Lost {
  readonly task: Task;
  readonly thread: WorkerThread;
  readonly start: number;
}

/** What nearly no task has. */
interface RareFacts {
  /** What its parent is called on the node that submitted it, if that is another one. */
  readonly parentTaskId: string | undefined;
  /** When the arguments it waited for were there. */
  readonly argsReadyAt: number;
}

/**
 * The newest ended tasks of a node. One is remembered by a few writes into arrays of numbers, because this is on the path
 * of every call. A place in it is the number of the record, counted from the first; the oldest are overwritten.
 */
export class TaskHistory {
  /** So many ended well since the node began. */
  finished = 0;
  failed = 0;
  /** So many ended on other nodes, which remember them. */
  elsewhere = 0;
  readonly #codec: Codec;
  readonly #eventOf: (task: Task, thread: WorkerThread | null) => TaskEvent;
  readonly #capacity: number;
  #count = 0;
  /** Where the next record goes: `#count` modulo the capacity. */
  #next = 0;
  #lost: Lost | null = null;
  readonly #callables: Callable[] = [];
  readonly #methods: (string | undefined)[] = [];
  /** `WIDTH` for each task. Made by the first that ends: a session without tasks needs no memory for them. */
  #numbers = new Float64Array(0);
  /** The node that submitted it, if that is another one, and what that calls it. */
  readonly #owners: (string | undefined)[] = [];
  #ownerIds = new Float64Array(0);
  /** By place. */
  readonly #rare = new Map<number, RareFacts>();
  /** By place. */
  readonly #failures = new Map<number, Failure | ErrorInfo>();

  /** @param eventOf what every message about a task tells */
  constructor(codec: Codec, eventOf: (task: Task, thread: WorkerThread | null) => TaskEvent, capacity = CAPACITY) {
    this.#codec = codec;
    this.#eventOf = eventOf;
    this.#capacity = capacity;
  }

  /** A task ended well. Times as its worker tells them: microseconds, `start` since the epoch. */
  succeeded(task: Task, thread: WorkerThread, start: number, duration: number): void {
    this.finished++;
    this.#record(task, thread.number, start / 1000, (start + duration) / 1000, 0);
    if (channels.taskFinish.hasSubscribers) this.#publish(task, thread, undefined);
  }

  /** A task failed for good, or (`isFinal` false) will run again. `start` 0: it is not known to have run. */
  hasEnded(
    task: Task,
    thread: WorkerThread | null,
    failure: Failure,
    start: number,
    duration: number,
    isFinal: boolean,
  ): void {
    if (isFinal) this.failed++;
    const lost = this.#lost?.task === task ? this.#lost : null;
    if (lost !== null) this.#lost = null;
    const at = this.#count;
    const where = lost?.thread ?? thread;
    const began = start > 0 ? start / 1000 : (lost?.start ?? runningSince(task));
    this.#record(task, where?.number ?? 0, began, start > 0 ? (start + duration) / 1000 : Date.now(), 1);
    this.#failures.set(at, failure.bytes > LARGEST_FAILURE ? failure.describe(this.#codec, true) : failure);
    if (this.#failures.size > FAILURES) this.#failures.delete(this.#failures.keys().next().value as number);
    if (channels.taskFinish.hasSubscribers) this.#publish(task, where, failure);
  }

  /** Tells whoever subscribed about the newest record. */
  #publish(task: Task, thread: WorkerThread | null, failure: Failure | undefined): void {
    const place = this.#count - 1;
    const message: TaskFinishEvent = {
      ...this.#eventOf(task, thread),
      attempt: task.attempt,
      state: failure === undefined ? 'FINISHED' : 'FAILED',
      startedAt: this.startedAt(place),
      endedAt: this.endedAt(place),
      ...(failure && { error: failure.describe(this.#codec, false) }),
    };
    channels.taskFinish.publish(message);
  }

  /** Its thread is gone, and what becomes of the task is decided next. */
  losing(task: Task, thread: WorkerThread): void {
    this.#lost = { task, thread, start: runningSince(task) };
  }

  /** A task will run again. If that is because its thread died, nobody else has said so. */
  retried(task: Task): void {
    const lost = this.#lost;
    if (lost?.task !== task) return;
    const failure = Failure.of(deathOf(lost.thread, `${task.name} was running on`));
    this.hasEnded(task, lost.thread, failure, 0, 0, false);
  }

  #record(task: Task, thread: number, start: number, end: number, failed: 0 | 1): void {
    const at = this.#next;
    const place = this.#count++;
    this.#next = at + 1 === this.#capacity ? 0 : at + 1;
    if (place === 0) this.#numbers = new Float64Array(this.#capacity * WIDTH);
    const numbers = this.#numbers;
    const { parent, actorId, arguments: args, output } = task;
    const first = at * WIDTH;
    this.#callables[at] = task.callable;
    // The constructors and methods of actors alone are read from here.
    if (actorId !== 0) this.#methods[at] = methodOf(task);
    numbers[first + Column.Id] = task.id;
    numbers[first + Column.Parent] = parent === null ? 0 : parent.id;
    numbers[first + Column.Actor] = actorId;
    numbers[first + Column.Submitted] = task.submittedAt;
    numbers[first + Column.Start] = start;
    numbers[first + Column.End] = end;
    numbers[first + Column.Bytes] = argumentBytes(task);
    numbers[first + Column.Outcome] = (thread * ATTEMPTS + task.attempt) * 2 + failed;
    if (this.#rare.size > 0) this.#rare.delete(place - this.#capacity);
    if (this.#ownerIds.length > 0 || output.owner !== undefined) this.#recordOwner(output, at);
    if (args === null && parent === null && task.parentName === undefined) return;
    this.#recordRare(task, place);
  }

  /** Where other nodes submit tasks, that is what most of them have. */
  #recordOwner({ owner, ownerId }: ObjectEntry, at: number): void {
    if (this.#ownerIds.length === 0) this.#ownerIds = new Float64Array(this.#capacity);
    this.#owners[at] = owner;
    this.#ownerIds[at] = ownerId;
  }

  /** What only some tasks have. */
  #recordRare({ parent, parentName, arguments: args }: Task, place: number): void {
    const facts: RareFacts = {
      parentTaskId: parentName ?? parent?.output.publicId,
      argsReadyAt: args === null ? 0 : args.readyAt,
    };
    if (facts.argsReadyAt > 0 || facts.parentTaskId !== undefined) this.#rare.set(place, facts);
  }

  #number(place: number, column: number): number {
    return this.#numbers[(place % this.#capacity) * WIDTH + column] as number;
  }

  // ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The place after the newest. */
  get end(): number {
    return this.#count;
  }

  /** The place of the oldest; also how many have been forgotten. */
  get start(): number {
    return Math.max(0, this.#count - this.#capacity);
  }

  /** The newest record of this task at or after the place `from`. */
  find(id: number, from = this.start): number | undefined {
    for (let place = this.#count - 1; place >= Math.max(from, this.start); place--) {
      if (this.id(place) === id) return place;
    }
    return undefined;
  }

  /** All attempts of this task, newest first. `taskId`: what it may be called elsewhere. */
  attempts(id: number | undefined, taskId: string): number[] {
    const places: number[] = [];
    const ownerId = Number.parseInt(taskId.slice(8), 16);
    for (let place = this.#count - 1; place >= this.start; place--) {
      const at = place % this.#capacity;
      const isIt =
        this.#owners[at] === undefined
          ? this.id(place) === id
          : this.#ownerIds[at] === ownerId && this.foreignId(place) === taskId;
      if (isIt) places.push(place);
    }
    return places;
  }

  id(place: number): number {
    return this.#number(place, Column.Id);
  }

  /** What it is called on the node that submitted it, if that is another one. */
  foreignId(place: number): string | undefined {
    const at = place % this.#capacity;
    const owner = this.#owners[at];
    return owner === undefined ? undefined : publicId(owner, this.#ownerIds[at] as number);
  }

  /** What its parent is called on that node. */
  foreignParentId(place: number): string | undefined {
    return this.#rare.get(place)?.parentTaskId;
  }

  callable(place: number): Callable {
    return this.#callables[place % this.#capacity] as Callable;
  }

  /** Undefined: not of an actor. Empty: its constructor. */
  method(place: number): string | undefined {
    return this.actor(place) === 0 ? undefined : this.#methods[place % this.#capacity];
  }

  /** 0: the driver. */
  parent(place: number): number {
    return this.#number(place, Column.Parent);
  }

  /** 0: none. */
  actor(place: number): number {
    return this.#number(place, Column.Actor);
  }

  /** This and the next in milliseconds since the process began; 0: unknown. */
  submittedAt(place: number): number {
    return this.#number(place, Column.Submitted);
  }

  argsReadyAt(place: number): number {
    return this.#rare.get(place)?.argsReadyAt ?? 0;
  }

  /** This and the next in milliseconds since the epoch; 0: unknown. */
  startedAt(place: number): number {
    return this.#number(place, Column.Start);
  }

  endedAt(place: number): number {
    return this.#number(place, Column.End);
  }

  bytes(place: number): number {
    return this.#number(place, Column.Bytes);
  }

  /** The number of its worker; 0: it was never sent to one. */
  thread(place: number): number {
    return Math.floor(this.#number(place, Column.Outcome) / (2 * ATTEMPTS));
  }

  attempt(place: number): number {
    return Math.floor(this.#number(place, Column.Outcome) / 2) % ATTEMPTS;
  }

  hasFailed(place: number): boolean {
    return this.#number(place, Column.Outcome) % 2 === 1;
  }

  /** Why it failed; forgotten of old ones. */
  error(place: number, withStack: boolean): ErrorInfo | undefined {
    const failure = this.#failures.get(place);
    if (failure instanceof Failure) return failure.describe(this.#codec, withStack);
    if (failure === undefined || withStack) return failure;
    const { type, message } = failure;
    return { type, message };
  }

  /** Where its error says that it ran. */
  failedOn(place: number): string | undefined {
    const failure = this.#failures.get(place);
    return failure instanceof Failure ? failure.origin.workerId : undefined;
  }
}

/** Its encoded arguments; the values of refs are objects of their own. */
export function argumentBytes({ args }: Task): number {
  return typeof args === 'string' ? args.length : payloadBytes(args);
}

/** Milliseconds since the epoch; 0: it does not run. */
export function runningSince(task: Task): number {
  return task.state === 'sent' && task.hasStarted ? (task.thread?.ring.startedAt(task.slot) ?? 0) : 0;
}
