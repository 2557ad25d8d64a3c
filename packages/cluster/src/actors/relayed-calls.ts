import type { Actor, ActorManager, ActorToken, MethodTask } from '@aktis/actors';
import { type CancelSettings, Failure, type Node, type ObjectEntry, type Task } from '@aktis/core';

/**
 * Calls on handles that were made when their actor lived on another node, of actors that have come to live on this one. They
 * are made again as calls of this node's, and what becomes of those becomes of them.
 */
export class RelayedCalls {
  readonly #node: Node;
  readonly #manager: ActorManager;
  readonly #relayed = new WeakMap<Task, Task>();

  constructor(node: Node, manager: ActorManager) {
    this.#node = node;
    this.#manager = manager;
  }

  pass(task: Task, actor: Actor): void {
    const { method, caller, options } = task as MethodTask;
    const relayed = this.#manager.calls.fromNode(actor.token as ActorToken, {
      method,
      args: task.args,
      contains: task.contains,
      dependencies: task.arguments?.entries ?? null,
      positions: task.arguments?.positions ?? null,
      options,
      caller,
      trace: this.#node.tasks.traces.of(task),
    });
    if (relayed.state !== 'finished') relayed.retriesLeft = task.retriesLeft;
    this.#relayed.set(task, relayed);
    const streamed = this.#pump(relayed, task);
    const outputs = relayed.outputs ?? [relayed.output];
    let missing = outputs.length;
    const settled = () => {
      if (--missing > 0) return;
      streamed
        .then(() => this.#end(task, outputs))
        .catch(error => this.#node.tasks.failedElsewhere(task, Failure.of(error), false));
    };
    for (const output of outputs) output.wait({ settled });
  }

  /** False: it was not made here. */
  withdraw(task: Task, settings: CancelSettings = { force: false, recursive: true, grace: 0 }): boolean {
    const relayed = this.#relayed.get(task);
    if (relayed !== undefined) this.#node.tasks.cancel(relayed, { ...settings, force: false });
    return relayed !== undefined;
  }

  async #end(task: Task, outputs: readonly ObjectEntry[]): Promise<void> {
    const failure = outputs.find(output => output.failure !== undefined)?.failure;
    const { tasks, store } = this.#node;
    if (failure === undefined) {
      await store.read(outputs, () => {
        if (task.state === 'finished') return;
        task.state = 'finished';
        const copies = task.outputs ?? [task.output];
        for (const [i, output] of copies.entries()) copy(outputs[i] as ObjectEntry, output);
        tasks.doneElsewhere(task);
      });
    } else {
      failure.seen = true;
      tasks.failedElsewhere(task, failure, false);
    }
  }

  async #pump({ stream: from }: Task, { stream: to }: Task): Promise<void> {
    if (from === null || to === null) return;
    to.onConsumed = to.onResumed = count => from.consumedUpTo(count);
    to.onPaused = () => {};
    for (let position = 0; !to.ended; position++) {
      const item = await from.passOn(position);
      if (item === undefined || item.state === 'failed') return;
      await this.#node.store.read([item], () => to.yield(item.payload ?? '', item.contains));
    }
  }
}

function copy(from: ObjectEntry, to: ObjectEntry): void {
  to.resolve(from.payload ?? '', from.contains);
}
