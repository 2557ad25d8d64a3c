import type { Task } from './task.ts';

/** Tasks linked through themselves: joining and leaving costs a few writes and no memory, however many there are. */
export class TaskList {
  #head: Task | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(task: Task): void {
    this.#size++;
    task.list = this;
    task.previous = null;
    task.next = this.#head;
    if (this.#head !== null) this.#head.previous = task;
    this.#head = task;
  }

  delete(task: Task): void {
    if (task.list !== this) return;
    this.#size--;
    task.list = null;
    if (task.previous === null) this.#head = task.next;
    else task.previous.next = task.next;
    if (task.next !== null) task.next.previous = task.previous;
    task.previous = null;
    task.next = null;
  }

  /** All of them, newest first; later changes do not disturb. */
  all(): Task[] {
    const tasks: Task[] = [];
    for (let task = this.#head; task !== null; task = task.next) tasks.push(task);
    return tasks;
  }
}
