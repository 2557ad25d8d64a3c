import { setTimeout } from 'node:timers';
import { ArgumentBringer } from './argument-bringer.ts';
import type { CallableOptions } from './callable.ts';
import { Deque } from './deque.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { Placement } from './placement.ts';
import { type ResourceShape, UNIT } from './resources.ts';
import type { RuntimeEnvironment } from './runtime-environment.ts';
import type { Claim, Scheduler } from './scheduler.ts';
import type { Task } from './task.ts';
import type { TaskManager } from './task-manager.ts';
import type { WorkerPool } from './worker-pool.ts';
import type { WorkerThread } from './worker-thread.ts';

// As it was before user code could replace it.
const { queueMicrotask } = globalThis;

/** Work of about this many microseconds is sent to a lane ahead of its results. */
const BUDGET_US = 2_000;
/** And never more tasks than this. */
const MAX_DEPTH = 512;
/** How long a lane may keep its resources while claims of others wait. */
const QUANTUM_MS = 50;
/** How often lanes that are stuck behind a long task are looked for. */
const REBALANCE_MS = 5;

/** What a queue needs of its node. */
interface QueueHome {
  readonly pool: WorkerPool;
  readonly tasks: TaskManager;
  readonly elsewhere: Elsewhere | null;
}

/**
 * One allocation of the queue's resources on one thread. Its tasks run there one after the other; several are sent
 * ahead when they are short, so that the thread never waits for the hub.
 */
export class Lane {
  readonly thread: WorkerThread;
  readonly number: number;
  readonly openedAt = performance.now();
  inFlight = 0;
  /** Microseconds the tasks in flight are expected to take. */
  expected = 0;
  /** Its task waits in `get`: the resources have been given back. */
  blocked = false;
  resuming: (() => void)[] | null = null;
  /** What is behind its running task is being taken back. */
  paused = false;

  constructor(thread: WorkerThread) {
    this.thread = thread;
    this.number = thread.nextLane++;
  }
}

/**
 * The waiting tasks of one shape and environment, first in first out, and the lanes they run in.
 *
 * Invariant: while tasks wait, every lane is full and the queue has a claim with the scheduler. So adding a task to a
 * long queue costs nothing but the push.
 */
export class TaskQueue implements Claim {
  readonly shape: ResourceShape;
  readonly urgent = false;
  /** What its tasks have in common beyond the shape. */
  readonly options: CallableOptions;
  readonly #environment: RuntimeEnvironment;
  readonly #home: QueueHome;
  readonly #here: boolean;
  readonly #scheduler: Scheduler;
  readonly #pool: WorkerPool;
  /** No node had room when the head was last offered. */
  #isStuck = false;
  /** Made when first needed. */
  #bringer: ArgumentBringer | undefined;
  readonly #tasks = new Deque<Task>();
  readonly #lanes = new Set<Lane>();
  #claiming = false;
  #rebalancing: NodeJS.Timeout | undefined;
  #withdrawn = 0;

  constructor(
    shape: ResourceShape,
    environment: RuntimeEnvironment,
    { scheduler, here }: Placement,
    home: QueueHome,
    options: CallableOptions,
  ) {
    this.shape = shape;
    this.#environment = environment;
    this.#scheduler = scheduler;
    this.#pool = home.pool;
    this.#home = home;
    this.#here = here;
    this.options = options;
  }

  describe(): string {
    return `task ${this.#head()?.name ?? ''}`;
  }

  get size(): number {
    return this.#tasks.size + (this.#bringer?.size ?? 0) - this.#withdrawn;
  }

  push(task: Task): void {
    task.state = 'queued';
    this.#tasks.push(task);
    if (this.#tasks.size === 1 || !(this.#claiming || this.#isStuck)) this.#spread();
  }

  /** A task that was sent and came back goes first. */
  unshift(task: Task): void {
    this.#tasks.unshift(task);
    if (!this.#claiming) queueMicrotask(() => this.#spread());
  }

  /** A queued task was cancelled; it is dropped when it comes to the head. */
  withdrawn(): void {
    this.#withdrawn++;
    if (this.size > 0) return;
    for (const task of this.#tasks.drain()) {
      this.#withdrawn--;
      this.#bringer?.left(task);
    }
    this.#withdrawClaim();
  }

  granted(): void {
    this.#claiming = false;
    if (this.#headWithArguments() === undefined) {
      this.#scheduler.release(this.shape);
      return;
    }
    const thread = this.#pool.forTasks(this.#environment, this.shape.cpu);
    const lane = new Lane(thread);
    thread.lanes++;
    thread.cpu += Math.min(this.shape.cpu, UNIT);
    this.#lanes.add(lane);
    this.#fill(lane);
    this.#spread();
  }

  /** A task has left its lane: answered (`duration` µs), taken back, or lost with its thread (-1). */
  left(task: Task, duration: number): void {
    const lane = task.place as Lane;
    task.place = null;
    lane.inFlight--;
    lane.expected -= task.estimate;
    if (duration >= 0) task.callable.stats.add(duration);
    this.#fill(lane);
  }

  /** The lane's running task waits in `get`: others may use its resources, and what was queued behind it leaves. */
  blocked(task: Task): void {
    const lane = task.place as Lane;
    if (lane.blocked) return;
    lane.blocked = true;
    for (const other of [...lane.thread.work()]) {
      if (other !== task && other.place === lane && other.state === 'sent') lane.thread.takeBack(other);
    }
    lane.thread.cpu -= Math.min(this.shape.cpu, UNIT);
    this.#scheduler.release(this.shape);
    this.#spread();
  }

  /** Calls `resume` once the task has its resources again. */
  unblock(task: Task, resume: () => void): void {
    const lane = task.place as Lane | null;
    if (lane === null || !lane.blocked) {
      resume();
    } else if (lane.resuming !== null) {
      lane.resuming.push(resume);
    } else {
      lane.resuming = [resume];
      this.#scheduler.claim(new Resumption(this.shape, task.name, () => this.#resumed(lane)));
    }
  }

  /** Another node may have room now. */
  offer(): void {
    this.#isStuck = false;
    if (this.#tasks.size > 0) this.#spread();
  }

  /** Whether one more task would start as soon as its arguments are there. */
  get hasRoom(): boolean {
    return this.#scheduler.hasRoomFor(this.shape);
  }

  /** Whether this node could ever run its tasks. */
  get mayRunHere(): boolean {
    return this.#here && this.#scheduler.pool.couldEverFit(this.shape);
  }

  explain(): string {
    const { pool } = this.#scheduler;
    const { elsewhere } = this.#home;
    if (elsewhere !== null && (this.#isStuck || !this.mayRunHere)) return elsewhere.explain(this);
    if (!pool.couldEverFit(this.shape)) {
      return `it needs ${this.shape}, and no node has that much: ${pool.missing(this.shape)}`;
    }
    if (!pool.fits(this.shape)) return `it needs ${this.shape}, which other work holds at the moment`;
    return `it is one of ${this.size} tasks in the queue for ${this.shape}`;
  }

  /** Brings waiting tasks to lanes: idle ones, new ones, then the least loaded that have room. */
  #spread(): void {
    for (let head = this.#head(); head !== undefined; head = this.#head()) {
      const where = this.#home.elsewhere?.place(head, this) ?? 'here';
      if (where === 'gone') {
        head.arguments?.letGo();
        // One that has ended is dropped when it comes to the head.
        if (head.state === 'sent') this.#shift();
        this.#withdrawClaimIfEmpty();
        continue;
      }
      this.#isStuck = where === 'wait';
      if (this.#isStuck) this.#withdrawClaim();
      if (this.#isStuck) return;
      if (!hasArguments(head)) {
        this.#bringArgumentsOfHead();
        continue;
      }
      let best: Lane | undefined;
      for (const lane of this.#lanes) {
        if (!this.#isOpen(lane)) continue;
        if (best === undefined || lane.expected < best.expected) best = lane;
      }
      if (best === undefined || best.inFlight > 0) {
        if (!this.#claiming) {
          this.#claiming = true;
          this.#scheduler.claim(this);
          if (!this.#claiming) return;
        }
      }
      if (best === undefined || !this.#sendHead(best)) return;
    }
  }

  #isOpen(lane: Lane): boolean {
    return !lane.blocked && !lane.paused && !lane.thread.condemned;
  }

  #fill(lane: Lane): void {
    if (this.#isOpen(lane)) {
      const drain = this.#claiming && this.#isOverdue(lane);
      // A fair share of what is left, so that the last tasks end on all lanes at the same time.
      let share = Math.ceil(this.#tasks.size / Math.max(1, this.#lanes.size));
      while (!drain && share-- > 0 && this.#sendHead(lane));
      if (drain && lane.inFlight === 0 && this.size > 0) queueMicrotask(() => this.#spread());
    }
    this.#withdrawClaimIfEmpty();
    if (lane.inFlight === 0) this.#close(lane);
  }

  #withdrawClaimIfEmpty(): void {
    if (this.#head() === undefined) this.#withdrawClaim();
  }

  #withdrawClaim(): void {
    if (!this.#claiming) return;
    this.#claiming = false;
    this.#scheduler.withdraw(this);
  }

  /** Others wait for resources, and this lane has had its turn. */
  #isOverdue(lane: Lane): boolean {
    return performance.now() - lane.openedAt > QUANTUM_MS && this.#scheduler.contendedBy(this);
  }

  /** Sends the first task, if the lane has room for it. */
  #sendHead(lane: Lane): boolean {
    const task = this.#headWithArguments();
    if (task === undefined) return false;
    const estimate = task.timeout > 0 ? BUDGET_US : task.callable.stats.estimate(BUDGET_US);
    if (lane.inFlight > 0) {
      if (lane.inFlight >= MAX_DEPTH || lane.expected + estimate > BUDGET_US || lane.thread.link.full) return false;
    }
    task.place = lane;
    task.estimate = estimate;
    if (!lane.thread.send(task)) {
      task.place = null;
      return false;
    }
    this.#shift();
    lane.inFlight++;
    lane.expected += estimate;
    return true;
  }

  /** The first task that can be sent to a thread; those before it wait for their arguments. */
  #headWithArguments(): Task | undefined {
    for (;;) {
      const head = this.#head();
      if (head === undefined || hasArguments(head)) return head;
      this.#bringArgumentsOfHead();
    }
  }

  #bringArgumentsOfHead(): void {
    this.#bringer ??= new ArgumentBringer(this.#home.tasks, task => {
      if (task.state !== 'queued') this.#withdrawn--;
      else this.#tasks.unshift(task);
      this.#spread();
    });
    const head = this.#tasks.peek() as Task;
    this.#shift();
    this.#bringer.add(head);
  }

  #head(): Task | undefined {
    for (;;) {
      const task = this.#tasks.peek();
      if (task === undefined || task.state === 'queued') return task;
      this.#shift();
      this.#withdrawn--;
    }
  }

  #shift(): void {
    const task = this.#tasks.shift();
    if (task !== undefined) this.#bringer?.left(task);
  }

  #resumed(lane: Lane): void {
    const resuming = lane.resuming ?? [];
    lane.resuming = null;
    lane.blocked = false;
    lane.thread.cpu += Math.min(this.shape.cpu, UNIT);
    if (!this.#lanes.has(lane)) {
      this.#lanes.add(lane);
      lane.thread.lanes++;
    }
    for (const resume of resuming) resume();
    if (lane.inFlight === 0) this.#close(lane);
  }

  #close(lane: Lane): void {
    if (!this.#lanes.delete(lane)) return;
    lane.thread.lanes--;
    // First of all: whoever is granted what is released may look for a thread that has long been idle.
    this.#pool.onIdle(lane.thread);
    if (!lane.blocked) {
      lane.thread.cpu -= Math.min(this.shape.cpu, UNIT);
      this.#scheduler.release(this.shape);
    }
    if (this.#lanes.size > 0) this.#rebalanceSoon();
  }

  /**
   * A lane went idle while others have tasks in flight: short ones will be done in no time, but what is stuck behind a
   * long one is taken back and spread again.
   */
  #rebalanceSoon(): void {
    if (this.#rebalancing !== undefined) return;
    let sentAhead = false;
    for (const lane of this.#lanes) sentAhead ||= lane.inFlight > 1;
    if (!sentAhead) return;
    this.#rebalancing = setTimeout(() => {
      this.#rebalancing = undefined;
      if (this.size === 0) this.#rebalance();
      this.#rebalanceSoon();
    }, REBALANCE_MS).unref();
  }

  #rebalance(): void {
    if (!this.#scheduler.pool.fits(this.shape)) return;
    let longest: Lane | undefined;
    for (const lane of this.#lanes) {
      if (!lane.blocked && lane.inFlight > 1 && lane.inFlight > (longest?.inFlight ?? 1)) longest = lane;
    }
    if (longest === undefined) return;
    const { thread } = longest;
    const waiting = [...thread.work()].filter(
      task => task.place === longest && task.state === 'sent' && !task.hasStarted,
    );
    waiting.sort((a, b) => b.id - a.id);
    longest.paused = true;
    for (const task of waiting.slice(0, Math.ceil(waiting.length / 2))) thread.takeBack(task);
    longest.paused = false;
  }
}

function hasArguments({ arguments: args }: Task): boolean {
  return args === null || args.present;
}

/** A task that waited in `get` wants its resources back. */
class Resumption implements Claim {
  readonly urgent = true;
  readonly shape: ResourceShape;
  readonly granted: () => void;
  readonly #name: string;

  constructor(shape: ResourceShape, name: string, granted: () => void) {
    this.shape = shape;
    this.#name = name;
    this.granted = granted;
  }

  describe(): string {
    return `task ${this.#name} (resuming after get)`;
  }
}
