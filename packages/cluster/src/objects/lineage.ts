import { type Callable, type Holdable, type Node, type ObjectEntry, ObjectLostError, type Task } from '@aktis/core';
import { FunctionRoute } from '@aktis/core/hub';
import type { Payload } from '@aktis/transport';

/** How a result was made. */
export interface Making {
  readonly task: Task;
  readonly args: Payload;
  readonly contains: readonly Holdable[] | null;
  readonly entries: readonly ObjectEntry[] | null;
  readonly positions: readonly number[] | null;
}

/** Makes lost results again, by running again the task that made them. What `put` stored cannot be made again. */
export class Lineage {
  readonly #node: Node;
  /** In queues of their own: what waits in the others may wait for what is made again. */
  readonly route: FunctionRoute;
  readonly #makings = new WeakMap<ObjectEntry, { readonly making: Making; readonly index: number; left: number }>();

  constructor(node: Node) {
    this.#node = node;
    this.route = new FunctionRoute(node);
  }

  /** `output`, result `index` of that task, lies on another node only. */
  remember(output: ObjectEntry, index: number, making: Making): void {
    const left = making.task.callable.options.maxRetries ?? 3;
    this.#makings.set(output, { making, index, left });
  }

  /** The value of `output`, made anew. Rejects with `ObjectLostError` when it cannot be. */
  async make(output: ObjectEntry, cause: Error): Promise<Payload> {
    const known = this.#makings.get(output);
    if (known === undefined)
      throw new ObjectLostError(`${cause.message}. It was stored by put(), so it cannot be made again`);
    if (known.left === 0)
      throw new ObjectLostError(`${cause.message}, and its task has no retries left to make it again`);
    if (known.left > 0) known.left--;
    const { callable } = known.making.task;
    const outputs = this.#run(callable, known.making);
    const made = outputs[known.index] as ObjectEntry;
    await new Promise<void>(resolve => made.wait({ settled: () => resolve() }));
    if (made.failure !== undefined) throw made.failure.toError(this.#node.codec);
    return this.#node.store.read([made], () => {
      output.contains = made.contains;
      return made.payload as Payload;
    });
  }

  #run(callable: Callable, { args, contains, entries, positions }: Making): readonly ObjectEntry[] {
    const { ids } = this.#node;
    const id = callable.numReturns > 1 ? ids.takeMany(callable.numReturns) : ids.take();
    const task = this.#node.submitFunction(callable, id, args, contains, entries, positions, null, this.route);
    return task.outputs ?? [task.output];
  }
}
