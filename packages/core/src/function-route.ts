import type { Callable } from './callable.ts';
import type { Elsewhere } from './elsewhere.ts';
import { AktisError } from './errors.ts';
import { Failure } from './failure.ts';
import type { Node } from './node.ts';
import { placementOf } from './placement.ts';
import { groupOf } from './placement-groups.ts';
import { Op, type Run } from './protocol.ts';
import type { Task, TaskRoute } from './task.ts';
import type { CancelSettings, TaskManager } from './task-manager.ts';
import { type Lane, TaskQueue } from './task-queue.ts';
import { deathOf } from './worker-death.ts';
import type { WorkerPool } from './worker-pool.ts';
import type { WorkerThread } from './worker-thread.ts';

/**
 * Where tasks of remote functions wait and run: one queue for each shape, environment and placement. A node of a cluster
 * has one for its own tasks, which may go to other nodes, and one for those that other nodes have sent it: these run here,
 * or are given back.
 */
export class FunctionRoute implements TaskRoute {
  readonly interruptible = true;

  readonly #node: Node;
  readonly #isForOthers: boolean;
  readonly #queues = new Map<string, TaskQueue>();
  /** The queue of each callable, looked up once. */
  readonly #queueOf = new WeakMap<Callable, TaskQueue>();

  constructor(node: Node, isForOthers = false) {
    this.#node = node;
    this.#isForOthers = isForOthers;
    node.placementGroups.routes.push(this);
  }

  get pool(): WorkerPool {
    return this.#node.pool;
  }

  get tasks(): TaskManager {
    return this.#node.tasks;
  }

  get elsewhere(): Elsewhere | null {
    return this.#isForOthers ? null : this.#node.elsewhere;
  }

  ready(task: Task): void {
    try {
      const group = groupOf(task.callable.options.schedulingStrategy);
      if (group !== undefined) this.#node.placementGroups.assertLives(group);
      this.#queue(task.callable).push(task);
    } catch (error) {
      if (!(error instanceof AktisError)) throw error;
      // It is in no queue, so there is nothing to withdraw it from.
      task.state = 'waiting';
      this.#node.tasks.fail(task, Failure.of(error, this.#node.origin(task, null)));
    }
  }

  returned(task: Task): void {
    this.#queue(task.callable).unshift(task);
  }

  withdrawn(task: Task, settings?: CancelSettings): void {
    if (task.state === 'queued') this.#queue(task.callable).withdrawn();
    else if (task.state === 'sent') this.elsewhere?.withdraw(task, settings);
  }

  left(task: Task, thread: WorkerThread, duration: number): void {
    const { maxCalls } = task.callable.options;
    if (maxCalls !== undefined && duration >= 0 && thread.countCall(task.callable) >= maxCalls) thread.retire();
    this.#queue(task.callable).left(task, duration);
  }

  message(task: Task, _thread: WorkerThread, slot: number): Run {
    const resolved = task.arguments === null ? null : task.arguments.values();
    const watched = task.timeout > 0 ? 1 : 0;
    return [Op.Run, slot, (task.place as Lane).number, task.id, task.callable.number, task.args, resolved, watched];
  }

  died(task: Task, thread: WorkerThread): void {
    if (task.retriesLeft !== 0) {
      // When Aktis itself replaced the thread, the task is not to blame.
      if (thread.wasReplaced && task.retriesLeft > 0) task.retriesLeft++;
      this.#node.tasks.retry(task);
      return;
    }
    const error = deathOf(thread, `${task.name} was running on`);
    this.#node.tasks.fail(task, Failure.of(error, this.#node.origin(task, thread)));
  }

  cancel(task: Task, settings: CancelSettings): void {
    this.#node.tasks.cancel(task, settings);
  }

  blocked(task: Task): void {
    this.#queue(task.callable).blocked(task);
  }

  unblock(task: Task, resume: () => void): void {
    this.#queue(task.callable).unblock(task, resume);
  }

  explain(task: Task): string {
    if (task.state === 'sent') return this.elsewhere?.explainAway(task) ?? '';
    return this.#queue(task.callable).explain();
  }

  /** Whether `task` has to wait for resources. */
  isHeldUp(task: Task): boolean {
    return task.state === 'queued' && !this.#queue(task.callable).hasRoom;
  }

  waitsFor(): null {
    return null;
  }

  *queues(): Generator<TaskQueue> {
    yield* this.#queues.values();
  }

  /** A placement group is gone: nothing comes into its queues any more. */
  forget(groupId: string): void {
    for (const name of this.#queues.keys()) if (name.startsWith(`${groupId}/`)) this.#queues.delete(name);
  }

  #queue(callable: Callable): TaskQueue {
    let queue = this.#queueOf.get(callable);
    if (queue === undefined) {
      const { options } = callable;
      const placement = placementOf(this.#node, options, this.#isForOthers);
      const shape = placement.shape(callable.resources);
      const environment = this.#node.environmentOf(callable);
      const name = `${placement.key}|${shape.key}|${environment.key}`;
      queue = this.#queues.get(name);
      if (queue === undefined) {
        queue = new TaskQueue(shape, environment, placement, this, options);
        this.#queues.set(name, queue);
      }
      this.#queueOf.set(callable, queue);
    }
    return queue;
  }
}
