import type { Codec, Payload } from '@aktis/transport';
import { Urgency } from './demand.ts';
import { type AktisError, NodeDiedError, TaskCancelledError, TaskTimeoutError } from './errors.ts';
import { Failure, type FailureOrigin } from './failure.ts';
import type { ObjectEntry } from './object-entry.ts';
import type { ObjectStore } from './object-store.ts';
import { channels } from './state/channels.ts';
import type { TaskHistory } from './state/task-history.ts';
import { isTurnTraced, turnNow } from './state/turn-clock.ts';
import { ArgumentRefs, type Task } from './task.ts';
import { TaskList } from './task-list.ts';
import { Traces } from './tracing/traces.ts';
import type { WorkerThread } from './worker-thread.ts';

export interface CancelSettings {
  readonly force: boolean;
  readonly recursive: boolean;
  /** Milliseconds a running task has to end by itself. */
  readonly grace: number;
}

/** What the manager needs from its node. */
interface TaskHome {
  readonly codec: Codec;
  readonly store: ObjectStore;
  origin(task: Task, thread: WorkerThread | null): FailureOrigin;
  readonly history: TaskHistory;
  onUnseenFailure(failure: Failure, entry: ObjectEntry, task: Task): void;
}

/**
 * The owner of tasks: from submission, through waiting for arguments, to the result, the retry or the error. Where and
 * when they run is the business of their {@link TaskRoute | route}.
 */
export class TaskManager {
  readonly #home: TaskHome;
  /** Unfinished tasks that are in no list of their own (an actor's calls), so that a session that ends can reject them all. */
  readonly unfinished = new TaskList();
  /** So many were taken over so far, and so many of them wait for arguments now. */
  submitted = 0;
  waiting = 0;
  readonly traces = new Traces();
  /** Why nothing runs any more; null as long as the session lasts. */
  #ended: string | null = null;

  constructor(home: TaskHome) {
    this.#home = home;
  }

  /** Takes over a new task whose arguments at `positions` are the objects `entries`. */
  submit(task: Task, entries: readonly ObjectEntry[] | null, positions: readonly number[] | null): void {
    if (this.#ended !== null) {
      this.refuse(task, this.#endedBy(task, this.#ended));
      return;
    }
    this.submitted++;
    if (isTurnTraced()) this.traces.called(task, this.#home.origin(task, null));
    if (channels.taskSubmit.hasSubscribers) channels.taskSubmit.publish(this.#home.origin(task, null));
    if (task.list === null) this.unfinished.add(task);
    if (task.parent !== null) {
      task.parent.children ??= new Set();
      task.parent.children.add(task);
    }
    if (entries === null || positions === null) {
      task.route.ready(task);
      return;
    }
    task.state = 'waiting';
    this.waiting++;
    task.arguments = new ArgumentRefs(task, entries, positions, this.#argumentsSettled);
    task.arguments.await();
  }

  readonly #argumentsSettled = (task: Task): void => {
    if (task.state !== 'waiting' || task.arguments === null) return;
    const failed = task.arguments.failed;
    if (failed?.failure !== undefined) {
      failed.failure.seen = true;
      this.#withdraw(task);
      this.#finish(task, failed.failure);
    } else {
      this.#waitsNoMore(task.arguments, turnNow());
      task.state = 'queued';
      task.route.ready(task);
    }
  };

  /** @param readyAt -1: it ends before they were there */
  #waitsNoMore(args: ArgumentRefs, readyAt: number): void {
    if (args.readyAt !== 0) return;
    args.readyAt = readyAt;
    this.waiting--;
  }

  /**
   * Brings arguments of a queued task into memory that lie on disk or on other nodes, and keeps them there until it is
   * sent. Then calls `onBrought`, or when the task has ended meanwhile.
   */
  bringArguments(task: Task, onBrought: () => void): void {
    const args = task.arguments as ArgumentRefs;
    args.coming = new AbortController();
    this.#home.store
      .hold(args.entries, Urgency.argument, args.coming.signal)
      .then(
        hold => {
          args.hold = hold;
          if (task.state === 'finished') args.letGo();
        },
        (error: AktisError) => this.fail(task, Failure.of(error)),
      )
      .finally(() => {
        args.coming = null;
        onBrought();
      });
  }

  /** Ends a new task that may not even wait. */
  refuse(task: Task, failure: Failure): void {
    this.submitted++;
    this.#finish(task, failure);
  }

  /** The session ends: nothing that is unfinished ends any other way, nor does what is still submitted. */
  close(reason: string): void {
    this.#ended = reason;
    for (const task of this.unfinished.all()) this.fail(task, this.#endedBy(task, reason));
  }

  #endedBy(task: Task, reason: string): Failure {
    const error = new NodeDiedError(`${task.name} did not finish: ${reason}`);
    const failure = Failure.of(error, this.#home.origin(task, task.thread));
    failure.seen = true;
    return failure;
  }

  /** The work in `slot` of `thread` ended well. */
  done(task: Task, value: Payload | readonly Payload[], start: number, duration: number): void {
    const thread = this.#leave(task, duration);
    if (task.state === 'finished') return;
    if (!this.#leftArgumentsAlone(task)) return;
    task.state = 'finished';
    if (task.outputs === null) {
      this.#store(task, task.output, value as Payload, thread);
    } else {
      for (let i = 0; i < task.outputs.length; i++) {
        this.#store(task, task.outputs[i] as ObjectEntry, (value as readonly Payload[])[i] as Payload, thread);
      }
      if (!task.output.isSettled) task.output.resolve('');
    }
    task.stream?.end();
    this.#home.history.succeeded(task, thread, start, duration);
    this.#forget(task);
  }

  /** The task's arguments are about to be sent to it. */
  lend(task: Task): void {
    const { store } = this.#home;
    for (const entry of (task.arguments as ArgumentRefs).entries) store.touch(entry);
    store.immutability?.lent((task.arguments as ArgumentRefs).entries, task);
  }

  /** With `AKTIS_CHECK_IMMUTABLE=1`: a task that wrote to its arguments fails. */
  #leftArgumentsAlone(task: Task): boolean {
    const { immutability } = this.#home.store;
    if (immutability === null || task.arguments === null) return true;
    try {
      immutability.verify(task.arguments.entries, task);
      return true;
    } catch (error) {
      this.#finish(task, Failure.of(error as AktisError, this.#home.origin(task, null)));
      return false;
    }
  }

  #store(task: Task, entry: ObjectEntry, payload: Payload, thread: WorkerThread): void {
    entry.resolve(payload, thread.contained(payload));
    this.#home.store.account(entry, task);
  }

  /** User code threw, or could not be loaded (`ran` false). */
  failed(task: Task, error: Payload, classes: string, ran: boolean, start: number, duration: number): void {
    const thread = this.#leave(task, ran ? duration : -1);
    if (task.state === 'finished') return;
    const origin = this.#home.origin(task, thread);
    const failure = ran ? Failure.thrown(error, origin) : Failure.fromWire([error, 0, JSON.stringify(origin)]);
    if (ran && task.retriesLeft !== 0 && isRetryable(task, classes)) {
      this.#home.history.hasEnded(task, thread, failure, start, duration, false);
      this.retry(task);
      return;
    }
    this.#finish(task, failure, thread, ran ? start : 0, duration);
  }

  /**
   * Forgets a task that waits for resources or behind another one, as if it had never come: its owner, another node, places
   * it anew. False: it has started, or is about to.
   */
  relinquish(task: Task): boolean {
    const { thread } = task;
    if (task.state === 'sent') {
      const isBehind = thread !== null && thread.state === 'ready' && thread.inFlight > 1 && !task.hasStarted;
      if (!isBehind || !thread.revoke(task)) return false;
    } else if (task.state === 'queued') {
      task.route.withdrawn(task);
    } else {
      return false;
    }
    task.state = 'finished';
    this.#home.history.elsewhere++;
    this.#forget(task);
    return true;
  }

  /** It ended well on another node. Whoever heard so has made it `finished`, then given its results their values. */
  doneElsewhere(task: Task): void {
    this.#home.history.elsewhere++;
    task.stream?.end();
    this.#forget(task);
  }

  /** It failed on another node, which has it in its history unless it is gone (`isKnownThere` false). */
  failedElsewhere(task: Task, failure: Failure, isKnownThere: boolean): void {
    if (task.state === 'finished') return;
    if (isKnownThere) this.#home.history.elsewhere++;
    this.#finish(task, failure, null, 0, 0, isKnownThere);
  }

  /** The task had been revoked before it started; only its slot was still open. */
  skipped(task: Task): void {
    this.#leave(task, -1);
  }

  /** Its thread has died with it; its route decides what now. */
  losing(task: Task, thread: WorkerThread): void {
    this.#home.history.losing(task, thread);
  }

  /** Puts a task that ran before into the queue again, at the cost of one retry. */
  retry(task: Task): void {
    if (this.#ended !== null) {
      this.fail(task, this.#endedBy(task, this.#ended));
      return;
    }
    if (task.retriesLeft > 0) task.retriesLeft--;
    this.#home.history.retried(task);
    task.attempt++;
    task.stream?.restart();
    task.state = 'queued';
    task.route.ready(task);
  }

  /** Ends an unfinished task with `failure`, wherever it is. */
  fail(task: Task, failure: Failure): void {
    if (task.state === 'finished') return;
    if (task.thread !== null) task.thread.revoke(task);
    else this.#withdraw(task);
    this.#finish(task, failure);
  }

  /** Ends a task that may be running already with `failure`. */
  end(task: Task, failure: Failure): void {
    const { thread } = task;
    const started = task.state === 'sent' && task.hasStarted;
    this.fail(task, failure);
    if (!started || thread === null) return;
    thread.abort(task, 'its placement group was removed');
    if (task.route.interruptible) thread.replaceAfter(task, 0, false);
  }

  cancel(task: Task, settings: CancelSettings): void {
    this.#interrupt(task, new TaskCancelledError(`${task.name} was cancelled`), settings);
  }

  /** Its `timeout` has passed since it started. */
  timedOut(task: Task): void {
    if (task.state === 'finished') return;
    const error = new TaskTimeoutError(`${task.name} ran longer than its timeout of ${task.timeout} ms`);
    if (task.retriesLeft !== 0 && isRetryable(task, 'TaskTimeoutError') && task.route.interruptible) {
      task.thread?.replaceAfter(task, 0, false);
      return;
    }
    this.#interrupt(task, error, { force: false, recursive: true, grace: 1000 });
  }

  #interrupt(task: Task, error: AktisError, settings: CancelSettings): void {
    const { state, thread } = task;
    const children = task.children;
    if (state !== 'finished') {
      if (state === 'sent' && thread !== null) {
        if (!thread.revoke(task)) {
          thread.abort(task, error.message);
          if (task.route.interruptible) thread.replaceAfter(task, settings.force ? 0 : settings.grace, settings.force);
        }
      } else {
        this.#withdraw(task, settings);
      }
      const failure = Failure.of(error, this.#home.origin(task, thread));
      // Whoever cancels knows.
      failure.seen = error instanceof TaskCancelledError;
      this.#finish(task, failure);
    }
    if (settings.recursive && children !== null) for (const child of [...children]) this.cancel(child, settings);
  }

  #withdraw(task: Task, settings?: CancelSettings): void {
    if (task.arguments !== null && task.state === 'waiting') {
      for (const entry of task.arguments.entries) entry.unwait(task.arguments);
    }
    task.route.withdrawn(task, settings);
  }

  #finish(task: Task, failure: Failure, thread = task.thread, start = 0, duration = 0, isKnownElsewhere = false): void {
    if (task.arguments !== null) this.#waitsNoMore(task.arguments, -1);
    if (!isKnownElsewhere) this.#home.history.hasEnded(task, thread, failure, start, duration, true);
    task.state = 'finished';
    task.output.fail(failure);
    if (task.outputs !== null) for (const output of task.outputs) output.fail(failure);
    task.stream?.fail(failure);
    if (task.output.wasAwaited) failure.seen = true;
    if (!failure.seen) this.#home.onUnseenFailure(failure, task.output, task);
    this.#forget(task);
  }

  #forget(task: Task): void {
    this.traces.ended(task);
    task.list?.delete(task);
    task.contains = null;
    task.arguments?.letGo();
    task.arguments?.coming?.abort();
    task.arguments = null;
    task.parent?.children?.delete(task);
    if (task.children === null || task.children.size === 0) task.parent = null;
  }

  #leave(task: Task, duration: number): WorkerThread {
    const thread = task.thread as WorkerThread;
    task.thread = null;
    task.route.left(task, thread, duration);
    return thread;
  }
}

/** Whether `retryExceptions` lists one of the error's classes. */
function isRetryable(task: Task, classes: string): boolean {
  const listed = task.retryExceptions;
  if (typeof listed === 'boolean' || listed === undefined) return listed === true && classes !== 'TaskTimeoutError';
  const names = classes.split(' ');
  return listed.some(type => names.includes(typeof type === 'string' ? type : (type as { name: string }).name));
}
