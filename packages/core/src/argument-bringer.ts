import { setTimeout } from 'node:timers';
import { Deque } from './deque.ts';
import type { Task } from './task.ts';
import type { TaskManager } from './task-manager.ts';

/** When arguments take longer to come, those of the next task are brought, too. */
const SLOW_MS = 200;

/**
 * Tasks of one queue whose turn has come, but whose arguments lie on disk or on other nodes. They stand beside the queue,
 * for an argument that was lost may be made again by a task behind them. One after the other is brought, so that no more is
 * in memory than is used: the next when the one before was sent, or takes long (it may wait for that very next one).
 */
export class ArgumentBringer {
  readonly #tasks: TaskManager;
  readonly #onBrought: (task: Task) => void;
  readonly #waiting = new Deque<Task>();
  readonly #coming = new Set<Task>();
  /** Brought, and not sent yet. */
  readonly #brought = new Set<Task>();

  /** @param onBrought the task has its arguments, or has ended */
  constructor(tasks: TaskManager, onBrought: (task: Task) => void) {
    this.#tasks = tasks;
    this.#onBrought = onBrought;
  }

  /** Those that stand here. */
  get size(): number {
    return this.#waiting.size + this.#coming.size;
  }

  add(task: Task): void {
    this.#waiting.push(task);
    if (this.#coming.size + this.#brought.size === 0) this.#bringNext();
  }

  /** It was sent, or has ended. */
  left(task: Task): void {
    if (this.#brought.delete(task) && this.#coming.size + this.#brought.size === 0) this.#bringNext();
  }

  #bringNext(): void {
    const task = this.#waiting.shift();
    if (task === undefined) return;
    if (task.state !== 'queued') {
      this.#onBrought(task);
      this.#bringNext();
      return;
    }
    this.#coming.add(task);
    const slow = setTimeout(() => this.#bringNext(), SLOW_MS).unref();
    this.#tasks.bringArguments(task, () => {
      clearTimeout(slow);
      this.#coming.delete(task);
      if (task.state === 'queued') this.#brought.add(task);
      else if (this.#coming.size + this.#brought.size === 0) this.#bringNext();
      this.#onBrought(task);
    });
  }
}
