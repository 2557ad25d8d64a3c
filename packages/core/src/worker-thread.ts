import { clearTimeout, setTimeout } from 'node:timers';
import type { HostThread, Link, Payload, ThreadExit, WireReference } from '@aktis/transport';
import { type Callable, callableToWire } from './callable.ts';
import type { ClaimRing } from './claim-ring.ts';
import { ModuleLoadError } from './errors.ts';
import { Failure } from './failure.ts';
import { HandleCounts } from './handle-counts.ts';
import type { Holdable } from './object-entry.ts';
import { Op, type ToNode, type ToWorker } from './protocol.ts';
import type { RuntimeEnvironment } from './runtime-environment.ts';
import type { Task } from './task.ts';
import type { CancelSettings, TaskManager } from './task-manager.ts';
import { traceKey } from './tracing/traces.ts';
import type { WorkerControl } from './worker/control.ts';

// As it was before user code could replace it.
const { queueMicrotask } = globalThis;

/** What a worker asks of its node; everything that is not the answer to a piece of work. */
export interface WorkerRequests {
  handle(thread: WorkerThread, message: ToNode): void;
  /** The thread is gone; nothing waits for answers any more. */
  forget(thread: WorkerThread): void;
}

export interface ThreadHome {
  readonly tasks: TaskManager;
  readonly requests: WorkerRequests;
  /** What a worker may name without holding a handle: itself, if it is an actor. */
  lookup(id: number): Holdable | undefined;
  /** The worker has no handle on the item any more. */
  onReleased(item: Holdable): void;
  /** The thread died and all its work has been dealt with. */
  onThreadDied(thread: WorkerThread): void;
}

/** How the hub reaches a worker: a real thread, or (inline transport) an executor on this one. */
export interface WorkerConnection {
  readonly link: Link;
  readonly host: HostThread<WorkerControl> | null;
}

/** How long the top-level code of user modules may take, in milliseconds. */
function loadingLimit(): number {
  return Number(process.env.AKTIS_LOAD_TIMEOUT) || 60_000;
}

const ORPHANED: CancelSettings = { force: false, recursive: true, grace: 1000 };

/** Takes the place of a task whose slot was revoked, until the worker has acknowledged it. */
const REVOKED = Symbol('revoked');

/** A worker as its node sees it: what was sent there, what it holds, and what is to be done when it dies. */
export class WorkerThread {
  readonly number: number;
  readonly workerId: string;
  readonly environment: RuntimeEnvironment;
  readonly ring: ClaimRing;
  readonly link: Link;
  readonly host: HostThread<WorkerControl> | null;
  readonly startedAt = Date.now();
  state: 'starting' | 'ready' | 'dead' = 'starting';
  /** No new work: it will be replaced. */
  condemned = false;
  /** CPU units of the lanes or actors that live here. */
  cpu = 0;
  /** Lanes that are open here. */
  lanes = 0;
  nextLane = 0;
  /** Work was ever sent to it: its modules may have state. */
  used = false;
  inFlight = 0;
  /** Its death is Aktis' own doing, to stop work that would not end. */
  wasReplaced = false;
  endsWithSession = false;
  readonly #calls = new Map<Callable, number>();
  /** What the worker has handles on. */
  readonly handles: HandleCounts;
  /** Called whenever the link can take more again. */
  onDrain: () => void = () => {};
  /** Called when it has started. */
  onReady: () => void = () => {};
  readonly #home: ThreadHome;
  readonly #slots: (Task | typeof REVOKED | null)[] = [];
  readonly #introduced: boolean[] = [];
  readonly #foreign: Callable[] = [];
  readonly #timers = new Map<number, NodeJS.Timeout>();
  #loading: NodeJS.Timeout | undefined;
  #deathReason: string | undefined;

  constructor(
    home: ThreadHome,
    number: number,
    workerId: string,
    environment: RuntimeEnvironment,
    ring: ClaimRing,
    connection: WorkerConnection,
  ) {
    this.#home = home;
    this.number = number;
    this.workerId = workerId;
    this.environment = environment;
    this.ring = ring;
    this.link = connection.link;
    this.host = connection.host;
    this.handles = new HandleCounts(item => home.onReleased(item));
    this.link.onMessages = batch => this.#receive(batch as unknown as readonly ToNode[]);
    this.link.onDrain = () => this.onDrain();
    this.link.onClose = reason => {
      if (this.host === null) this.#died(reason.message, false);
      else void this.host.exited.then(exit => this.#died(this.#describeExit(exit), exit.outOfMemory));
    };
  }

  // ── sending work ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Sends a task. False: the thread holds as much as it can. */
  send(task: Task): boolean {
    const slot = this.ring.take();
    if (slot < 0) return false;
    this.used = true;
    this.inFlight++;
    this.#slots[slot] = task;
    task.slot = slot;
    task.thread = this;
    task.state = 'sent';
    this.introduce(task.callable);
    if (task.contains !== null) this.hold(task.contains);
    if (task.arguments !== null) {
      this.hold(task.arguments.contained());
      this.#home.tasks.lend(task);
    }
    const trace = this.#home.tasks.traces.of(task);
    if (trace !== undefined) this.link.send([Op.Trace, traceKey(task), trace]);
    this.link.send(task.route.message(task, this, slot));
    task.arguments?.letGo();
    // A second run of a generator starts over, but its consumer does not.
    if (task.stream !== null && task.stream.consumed > 0) this.link.send([Op.Consumed, slot, task.stream.consumed]);
    return true;
  }

  post(message: ToWorker): void {
    this.link.send(message);
  }

  introduce(callable: Callable): void {
    if (this.#introduced[callable.number] === true) return;
    this.#introduced[callable.number] = true;
    this.link.send([Op.Define, callable.number, callable.definition.key, callableToWire(callable)]);
  }

  /** Keeps a sent task from starting. False: it has started. */
  revoke(task: Task): boolean {
    if (!this.ring.revoke(task.slot)) return false;
    this.#slots[task.slot] = REVOKED;
    this.inFlight--;
    task.thread = null;
    task.route.left(task, this, -1);
    return true;
  }

  /** Takes a task that has not started back into its queue. */
  takeBack(task: Task): boolean {
    if (!this.revoke(task)) return false;
    task.state = 'queued';
    task.route.returned(task);
    return true;
  }

  abort(task: Task, reason: string): void {
    this.ring.abort(task.slot);
    this.link.send([Op.Abort, task.slot, reason]);
  }

  /** Tasks that were sent here and have not been answered, finished ones among them. */
  *work(): Generator<Task> {
    for (const task of this.#slots) if (task !== null && task !== undefined && task !== REVOKED) yield task;
  }

  taskIn(slot: number): Task | null {
    const task = this.#slots[slot];
    return task === undefined || task === REVOKED ? null : task;
  }

  // ── handles of the worker ──────────────────────────────────────────────────────────────────────────────────────

  /** The worker is about to receive a handle on each of `items`. */
  hold(items: Iterable<Holdable>): void {
    for (const item of items) this.handles.add(item);
  }

  /** What the worker refers to by `id`. */
  held(id: number): Holdable | undefined {
    return this.handles.get(id) ?? this.#home.lookup(id);
  }

  /** What a payload that came from the worker refers to; references by the worker's own numbers are rewritten. */
  contained(payload: Payload): Holdable[] | null {
    if (typeof payload === 'string' || payload[2].length === 0) return null;
    const items: Holdable[] = [];
    const references = payload[2] as WireReference[];
    references.forEach(([kind, id, ...fields], i) => {
      const item = this.held(id as number);
      if (item === undefined) return;
      if (item.id !== id) references[i] = [kind, item.id, ...fields];
      items.push(item);
    });
    return items;
  }

  setForeign(number: number, callable: Callable): void {
    this.#foreign[number] = callable;
  }

  foreign(number: number): Callable {
    return this.#foreign[number] as Callable;
  }

  // ── answers ────────────────────────────────────────────────────────────────────────────────────────────────────

  #receive(batch: readonly ToNode[]): void {
    const { tasks, requests } = this.#home;
    for (const message of batch) {
      switch (message[0]) {
        case Op.Done: {
          const task = this.#answered(message[1]);
          if (task !== null) tasks.done(task, message[4], message[2], message[3]);
          break;
        }
        case Op.Failed: {
          const task = this.#answered(message[1]);
          if (task !== null) tasks.failed(task, message[4], message[5], message[6] === 1, message[2], message[3]);
          break;
        }
        case Op.Skipped:
          this.#answered(message[1]);
          break;
        case Op.Started:
          this.#watch(message[1]);
          break;
        case Op.Yield:
          this.#yielded(message[1], message[2]);
          break;
        case Op.Ready:
          this.state = 'ready';
          this.onReady();
          break;
        case Op.Loading:
          this.#watchLoading(message[1]);
          break;
        case Op.Release:
          this.handles.release(message[1]);
          break;
        default:
          requests.handle(this, message);
      }
    }
  }

  #answered(slot: number): Task | null {
    const task = this.#slots[slot];
    this.#slots[slot] = null;
    this.ring.give(slot);
    if (task === null || task === undefined || task === REVOKED) return null;
    this.inFlight--;
    if (this.#timers.size > 0) this.#unwatch(slot);
    if (this.condemned) queueMicrotask(this.#terminateIfAllowed);
    return task;
  }

  #yielded(slot: number, payload: Payload): void {
    const task = this.taskIn(slot);
    task?.stream?.yield(payload, this.contained(payload));
  }

  #watch(slot: number): void {
    const task = this.taskIn(slot);
    if (task === null || task.timeout <= 0 || task.state !== 'sent') return;
    const timer = setTimeout(() => {
      this.#timers.delete(slot);
      if (this.#slots[slot] === task) this.#home.tasks.timedOut(task);
    }, task.timeout);
    this.#timers.set(slot, timer.unref());
  }

  /** A module whose top-level code does not end takes the thread with it, and what wanted it learns why. */
  #watchLoading(key: string): void {
    clearTimeout(this.#loading);
    if (key === '') return;
    const limit = loadingLimit();
    this.#loading = setTimeout(() => {
      const error = new ModuleLoadError(
        `${key} could not be loaded in a worker: the top-level code of its module did not end within ${limit} ms. ` +
          'Move what takes so long, or never ends, below init() or into a function',
      );
      for (const task of this.work()) {
        if (task.callable.definition.key === key) this.#home.tasks.fail(task, Failure.of(error));
      }
      this.terminate('was replaced because a module it loaded did not end');
    }, limit).unref();
  }

  #unwatch(slot: number): void {
    clearTimeout(this.#timers.get(slot));
    this.#timers.delete(slot);
  }

  // ── the end ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** If `task` is still on the thread after `grace` ms, the thread is replaced: its other work runs elsewhere. */
  replaceAfter(task: Task, grace: number, force: boolean): void {
    const { slot } = task;
    const replace = () => {
      if (this.#slots[slot] !== task || this.state === 'dead') return;
      this.condemned = true;
      this.wasReplaced = true;
      this.#deathReason ??= `was replaced because ${task.name} did not end after it was cancelled`;
      for (const other of [...this.work()]) if (other !== task && other.state === 'sent') this.takeBack(other);
      if (force) this.terminate();
      else this.#terminateIfAllowed();
    };
    if (grace <= 0) replace();
    else setTimeout(replace, grace).unref();
  }

  /** Waits for the work that may not be run a second time. */
  readonly #terminateIfAllowed = (): void => {
    if (!this.condemned || this.state === 'dead') return;
    for (const task of this.work()) {
      if (task.state === 'sent' && (!this.wasReplaced || task.retriesLeft === 0)) return;
    }
    this.terminate();
  };

  /** How often `callable` has run here, this time included. */
  countCall(callable: Callable): number {
    const count = (this.#calls.get(callable) ?? 0) + 1;
    this.#calls.set(callable, count);
    return count;
  }

  /** Takes no more work and ends when what it has is done. */
  retire(): void {
    this.condemned = true;
    this.#deathReason ??= 'was retired';
    for (const task of [...this.work()]) if (task.state === 'sent') this.takeBack(task);
    queueMicrotask(this.#terminateIfAllowed);
  }

  /** Ends the thread now. What it had started dies with it, and the reason is `why`. */
  terminate(why?: string): void {
    this.#deathReason ??= why;
    this.condemned = true;
    if (this.host === null) this.link.close(why);
    else void this.host.terminate();
  }

  /** Ends the thread because the machine has too little memory left. */
  terminateForMemory(reason: string): void {
    this.outOfMemory = 'machine';
    this.terminate(reason);
  }

  #describeExit(exit: ThreadExit): string {
    return this.#deathReason ?? exit.reason;
  }

  #died(reason: string, outOfMemory: boolean): void {
    if (this.state === 'dead') return;
    this.state = 'dead';
    this.condemned = true;
    this.deathReason = reason;
    if (outOfMemory) this.outOfMemory ??= 'heap';
    for (const timer of this.#timers.values()) clearTimeout(timer);
    clearTimeout(this.#loading);
    this.#home.requests.forget(this);
    const started: Task[] = [];
    const waiting: Task[] = [];
    for (const task of this.work()) (this.ring.hasStarted(task.slot) ? started : waiting).push(task);
    this.#slots.length = 0;
    this.inFlight = 0;
    this.handles.clear();
    // Backwards, because each goes to the front of its queue.
    for (const task of waiting.sort((a, b) => b.id - a.id)) this.#lost(task, false);
    for (const task of started) this.#lost(task, true);
    this.#home.onThreadDied(this);
  }

  /** Why it died, once it is dead. */
  deathReason = '';
  /** Whose memory was full when it died of that. */
  outOfMemory: 'heap' | 'machine' | null = null;

  #lost(task: Task, started: boolean): void {
    if (started && task.state !== 'finished') this.#home.tasks.losing(task, this);
    task.thread = null;
    task.route.left(task, this, -1);
    if (task.state === 'finished') return;
    // One that had started is in no queue: should it fail, there is nothing to withdraw it from.
    task.state = started ? 'waiting' : 'queued';
    // What its code had submitted has lost the only reader it could have.
    const children = started && task.children !== null ? [...task.children] : [];
    for (const child of children) child.route.cancel(child, ORPHANED);
    if (started) task.route.died(task, this);
    else task.route.returned(task);
  }
}
