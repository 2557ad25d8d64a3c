import type { Codec } from '@aktis/transport';
import type { Task } from '../task.ts';
import type { StateResource } from '../types/state.ts';
import type { AnyStateTable } from './state-table.ts';
import { TaskHistory } from './task-history.ts';
import { TaskTable } from './task-table.ts';

/** What the state needs of its node. */
export interface StateNode {
  readonly id: string;
  readonly jobId: string;
  readonly codec: Codec;
  readonly tasks: { readonly unfinished: { all(): Task[] } };
}

/** What a node knows about itself. Extensions add what they know. */
export class NodeState {
  readonly tasks: TaskHistory;
  /** Where tasks are that have not ended; each list newest first. */
  readonly sources: (() => Iterable<Task[]>)[] = [];
  readonly #tables = new Map<StateResource, AnyStateTable>();

  constructor(node: StateNode) {
    this.tasks = new TaskHistory(node.codec);
    this.sources.push(() => [node.tasks.unfinished.all()]);
    this.add('tasks', new TaskTable(node, this));
  }

  add<R extends StateResource>(resource: R, table: AnyStateTable<R>): void {
    this.#tables.set(resource, table as unknown as AnyStateTable);
  }

  get resources(): StateResource[] {
    return [...this.#tables.keys()];
  }

  table<R extends StateResource>(resource: R): AnyStateTable<R> | undefined {
    return this.#tables.get(resource) as AnyStateTable<R> | undefined;
  }

  *unfinished(): Generator<Task[]> {
    for (const source of this.sources) yield* source();
  }
}
