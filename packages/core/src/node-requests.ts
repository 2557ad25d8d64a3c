import { clearTimeout, setTimeout } from 'node:timers';
import type { Payload } from '@aktis/transport';
import { findDeadlock } from './deadlock.ts';
import { Urgency } from './demand.ts';
import { ActorDeadlockError, type AktisError, NodeDiedError } from './errors.ts';
import { Failure } from './failure.ts';
import { LocalArrivals } from './local-arrivals.ts';
import type { Node } from './node.ts';
import { type Holdable, ObjectEntry, type Waiter } from './object-entry.ts';
import type { Hold } from './object-store.ts';
import { type Get, Op, type Submit, type ToNode } from './protocol.ts';
import type { Task } from './task.ts';
import type { WorkerRequests, WorkerThread } from './worker-thread.ts';

/** How long a wait may last before it is searched for a circle. */
const DEADLOCK_SEARCH_MS = 50;

/** Answers what user code in workers asks of the node. */
export class NodeRequests implements WorkerRequests {
  readonly #node: Node;
  /** Requests that wait, per thread: they end with it. */
  readonly #waiting = new Map<WorkerThread, Map<number, PendingGet>>();

  /** Waits that are new enough to end by themselves. */
  #suspects: PendingGet[] = [];
  #searching: NodeJS.Timeout | undefined;

  constructor(node: Node) {
    this.#node = node;
  }

  handle(thread: WorkerThread, message: ToNode): void {
    switch (message[0]) {
      case Op.Define:
        thread.setForeign(message[1], this.#node.foreignCallables.get(message[2], message[3], thread.environment.job));
        break;
      case Op.Trace:
        this.#node.tasks.traces.announced(message[1], message[2]);
        break;
      case Op.Submit:
        this.#submit(thread, message);
        break;
      case Op.Put:
        this.#put(thread, message[1], message[2]);
        break;
      case Op.Get:
        this.#get(thread, message);
        break;
      case Op.Forget:
        this.#waiting.get(thread)?.get(message[1])?.forget();
        break;
      case Op.Blocked:
        this.#block(thread, message[1]);
        break;
      case Op.Ask:
        void this.#ask(thread, message[1], message[2], message[3], message[4]);
        break;
      case Op.Log:
        this.#node.printed(thread, message);
        break;
      default:
        for (const extension of this.#node.extensions) extension.handle(thread, message);
    }
  }

  forget(thread: WorkerThread): void {
    for (const pending of [...(this.#waiting.get(thread)?.values() ?? [])]) pending.forget();
    this.#waiting.delete(thread);
  }

  close(): void {
    clearTimeout(this.#searching);
    for (const thread of [...this.#waiting.keys()]) this.forget(thread);
  }

  /** The objects a worker names; one it cannot have a handle on is an object that was lost. */
  entries(thread: WorkerThread, ids: readonly number[]): ObjectEntry[] {
    return ids.map(id => (thread.held(id) as ObjectEntry | undefined) ?? lost(id));
  }

  #submit(thread: WorkerThread, [, caller, id, number, args, dependencies]: Submit): void {
    const callable = thread.foreign(number);
    const parent = thread.taskIn(caller);
    const contains = thread.contained(args);
    const { entries, positions } = splitPairs(thread, dependencies);
    const task = this.#node.submitFunction(callable, id, args, contains, entries, positions, parent);
    thread.hold(task.outputs ?? [task.output]);
    if (this.#node.isEnding) this.#node.tasks.fail(task, Failure.of(new NodeDiedError('The session is ending')));
    else if (parent?.state === 'finished')
      this.#node.tasks.cancel(task, { force: false, recursive: true, grace: 1000 });
  }

  #put(thread: WorkerThread, id: number, payload: Payload): void {
    const entry = new ObjectEntry(id);
    entry.resolve(payload, thread.contained(payload));
    thread.hold([entry]);
    try {
      this.#node.store.put(entry as ObjectEntry);
    } catch (error) {
      thread.handles.release([id, 1]);
      const failed = new ObjectEntry(id);
      failed.fail(Failure.of(error as AktisError));
      thread.hold([failed]);
    }
  }

  #get(thread: WorkerThread, [, request, caller, ids, count, values, endless, fetch]: Get): void {
    const task = thread.taskIn(caller);
    const entries = this.entries(thread, ids);
    const arrivals = fetch === 1 ? new LocalArrivals(this.#node.store) : null;
    const pending = new PendingGet(this.#node, thread, task, request, entries, count, values === 1, arrivals, () => {
      this.#waiting.get(thread)?.delete(request);
    });
    if (pending.answerIfReady()) return;
    let requests = this.#waiting.get(thread);
    if (requests === undefined) this.#waiting.set(thread, (requests = new Map()));
    requests.set(request, pending);
    pending.wait();
    if (task === null || pending.isAnswered) return;
    if (endless === 1) {
      task.waitingFor ??= new Set();
      task.waitingFor.add(entries);
      this.#suspects.push(pending);
      this.#searchSoon();
    }
    task.route.blocked(task);
  }

  /**
   * Most waits end in no time, so only those that last are searched for a circle: once each, because a circle is complete
   * when the last of its waits begins.
   */
  #searchSoon(): void {
    if (this.#searching !== undefined) return;
    const suspects = this.#suspects;
    this.#suspects = [];
    this.#searching = setTimeout(() => {
      this.#searching = undefined;
      for (const pending of suspects) if (!pending.isAnswered) pending.refuseIfDeadlocked();
      if (this.#suspects.length > 0) this.#searchSoon();
    }, DEADLOCK_SEARCH_MS).unref();
  }

  #block(thread: WorkerThread, slot: number): void {
    const task = thread.taskIn(slot);
    if (task === null) return;
    for (const pending of this.#waiting.get(thread)?.values() ?? []) {
      if (pending.task === task) {
        task.route.blocked(task);
        return;
      }
    }
  }

  async #ask(thread: WorkerThread, request: number, caller: number, question: string, payload: Payload): Promise<void> {
    const { runtime } = this.#node;
    const task = thread.taskIn(caller);
    try {
      const value = runtime.decode(payload, thread.contained(payload)) as never;
      const answer = await this.#node.questions.get(question)?.(value, { thread, task });
      const { payload: encoded, contains } = runtime.encode(answer);
      if (contains !== null) thread.hold(contains);
      thread.post([Op.Answer, request, 1, encoded]);
    } catch (error) {
      thread.post([Op.Answer, request, 0, runtime.codec.encodeError(error)]);
    }
  }
}

/** A worker's `get` or `wait` that cannot be answered yet. */
class PendingGet implements Waiter {
  readonly task: Task | null;
  readonly #node: Node;
  readonly #thread: WorkerThread;
  readonly #request: number;
  readonly #entries: readonly ObjectEntry[];
  readonly #count: number;
  readonly #values: boolean;
  readonly #arrivals: LocalArrivals | null;
  readonly #onEnd: () => void;
  #settled = 0;
  isAnswered = false;
  /** Keeps what was brought in memory until the task has its resources again. */
  #hold: Hold | null = null;
  /** Ends the wait for what comes from elsewhere. */
  #coming: AbortController | null = null;

  constructor(
    node: Node,
    thread: WorkerThread,
    task: Task | null,
    request: number,
    entries: readonly ObjectEntry[],
    count: number,
    values: boolean,
    arrivals: LocalArrivals | null,
    onEnd: () => void,
  ) {
    this.#node = node;
    this.#thread = thread;
    this.task = task;
    this.#request = request;
    this.#entries = entries;
    this.#count = count;
    this.#values = values;
    this.#arrivals = arrivals;
    this.#onEnd = onEnd;
  }

  /** Answers at once what needs no waiting. */
  answerIfReady(): boolean {
    const ready = this.#values
      ? this.#entries.every(isPresent)
      : this.#entries.filter(this.#isReady).length >= this.#count;
    const failed = this.#values && this.#entries.some(entry => entry.state === 'failed');
    if (ready || failed) this.#answer();
    return ready || failed;
  }

  wait(): void {
    for (const entry of this.#entries) entry.wait(this);
  }

  readonly #isReady = (entry: ObjectEntry): boolean => this.#arrivals?.isHere(entry) ?? entry.isSettled;

  settled(entry: ObjectEntry): void {
    if (this.#isReady(entry)) this.#counted(entry);
    else void this.#arrivals?.bring(entry).then(() => this.#counted(entry));
  }

  #counted(entry: ObjectEntry): void {
    this.#settled++;
    if (this.isAnswered) return;
    if (this.#settled < this.#count && !(this.#values && entry.state === 'failed')) return;
    this.isAnswered = true;
    void this.#bringAndAnswer();
  }

  refuseIfDeadlocked(): void {
    const circle = this.task === null ? null : findDeadlock(this.task, this.#entries);
    if (circle !== null) this.refuse(deadlock(this.task as Task, circle));
  }

  refuse(error: AktisError): void {
    this.isAnswered = true;
    this.#leave();
    this.#resume(() => this.#thread.post([Op.Failure, this.#request, Failure.of(error).toWire(this.#node.codec)]));
  }

  /** The task that asked goes on, once it has its resources again. */
  #resume(answer: () => void): void {
    if (this.task?.thread === this.#thread) this.task.route.unblock(this.task, answer);
    else answer();
  }

  /** Nobody waits any more: the asker gave up, or is gone. */
  forget(): void {
    const wasAnswered = this.isAnswered;
    this.isAnswered = true;
    this.#coming?.abort();
    this.#leave();
    if (!wasAnswered) this.#resume(() => {});
  }

  async #bringAndAnswer(): Promise<void> {
    const isBroken = this.#entries.some(entry => entry.state === 'failed');
    if (this.#values && !isBroken && !this.#entries.every(isPresent)) {
      try {
        this.#coming = new AbortController();
        this.#hold = await this.#node.store.hold(this.#entries, Urgency.get, this.#coming.signal);
      } catch (error) {
        if (this.#coming?.signal.aborted !== true) this.refuse(error as AktisError);
        else this.#resume(() => {});
        return;
      }
    }
    this.#leave();
    this.#resume(() => this.#answer());
  }

  #leave(): void {
    this.#arrivals?.close();
    for (const entry of this.#entries) if (!entry.isSettled) entry.unwait(this);
    this.task?.waitingFor?.delete(this.#entries);
    this.#onEnd();
  }

  #answer(): void {
    this.isAnswered = true;
    try {
      this.#send();
    } finally {
      this.#hold?.release();
    }
  }

  #send(): void {
    const thread = this.#thread;
    if (!this.#values) {
      const ready: number[] = [];
      for (let i = 0; i < this.#entries.length && ready.length < this.#count; i++) {
        if (this.#isReady(this.#entries[i] as ObjectEntry)) ready.push(i);
      }
      thread.post([Op.Answer, this.#request, 1, JSON.stringify(ready)]);
      return;
    }
    const failure = this.#entries.find(entry => entry.state === 'failed')?.failure;
    if (failure !== undefined) {
      failure.seen = true;
      thread.post([Op.Failure, this.#request, failure.toWire(this.#node.codec)]);
      return;
    }
    for (const entry of this.#entries) {
      this.#node.store.touch(entry);
      if (entry.contains !== null) thread.hold(entry.contains);
    }
    thread.post([Op.Values, this.#request, this.#entries.map(entry => entry.payload as Payload)]);
  }
}

function isPresent(entry: ObjectEntry): boolean {
  return entry.state === 'ready';
}

function lost(id: number): ObjectEntry {
  const entry = new ObjectEntry(id);
  entry.fail(Failure.of(new NodeDiedError('The object belongs to a worker or session that is gone')));
  return entry as ObjectEntry;
}

function deadlock(waiter: Task, circle: readonly Task[]): ActorDeadlockError {
  const names = [waiter, ...circle].map(task => task.name).join(' → ');
  return new ActorDeadlockError(
    `${waiter.name} waits for a call that cannot start before ${waiter.name} itself has ended: ${names}. ` +
      'Return before the result is needed, call the method directly (this.method()), or raise maxConcurrency',
  );
}

/** `[position, id, …]` apart, with the ids looked up. */
export function splitPairs(
  thread: WorkerThread,
  pairs: readonly number[] | null,
): { entries: Holdable[] | null; positions: number[] | null } {
  if (pairs === null) return { entries: null, positions: null };
  const entries: Holdable[] = [];
  const positions: number[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    positions.push(pairs[i] as number);
    entries.push(thread.held(pairs[i + 1] as number) ?? lost(pairs[i + 1] as number));
  }
  return { entries, positions };
}
