import { setTimeout } from 'node:timers/promises';
import type { Actor, ActorManager } from '@aktis/actors';
import type { CancelSettings, Node, ObjectEntry, Task } from '@aktis/core';
import { callerOf, type MethodCall } from './method-call.ts';

const LOOK_EVERY_MS = 10;

/**
 * Calls by a borrowed handle of an actor that has come to live on this very node: each is made again as a call of the
 * actor that is here, and ends as that does.
 */
export class CallsHere {
  readonly #node: Node;
  readonly #manager: ActorManager;
  /** The call here for each that was made by the borrowed handle. */
  readonly #made = new WeakMap<Task, Task>();

  constructor(node: Node, manager: ActorManager) {
    this.#node = node;
    this.#manager = manager;
  }

  send(task: Task, actor: Actor): void {
    const { method, options } = task as MethodCall;
    const made = this.#manager.calls.fromNode(actor.token, {
      method,
      args: task.args,
      contains: task.contains,
      dependencies: (task.arguments?.entries ?? null) as ObjectEntry[] | null,
      positions: (task.arguments?.positions ?? null) as number[] | null,
      options,
      caller: callerOf(task.parent),
      trace: this.#node.tasks.traces.taken(task.id),
    });
    if (made.state !== 'finished') made.retriesLeft = task.retriesLeft;
    this.#made.set(task, made);
    void this.#follow(task, made);
  }

  /** False: it was not made here. */
  withdraw(task: Task, settings: CancelSettings | undefined): boolean {
    const made = this.#made.get(task);
    if (made === undefined) return false;
    const how = settings ?? { force: true, recursive: true, grace: 0 };
    made.route.cancel(made, made.route.interruptible ? how : { ...how, force: false });
    return true;
  }

  async #follow(task: Task, made: Task): Promise<void> {
    const start = Date.now() * 1000;
    if (made.stream !== null) await this.#passItems(task, made);
    const results = made.outputs ?? [made.output];
    await Promise.all(results.map(result => new Promise<void>(resolve => result.wait({ settled: () => resolve() }))));
    const failed = results.find(({ state }) => state === 'failed')?.failure;
    if (failed !== undefined) {
      failed.seen = true;
      this.#node.tasks.endedElsewhere(task, failed, { start, duration: 0 });
      return;
    }
    await this.#node.store.read(results, () =>
      this.#node.tasks.endedElsewhere(
        task,
        (output, i) => {
          const { payload = '', contains } = results[i] as ObjectEntry;
          output.resolve(payload, contains);
          this.#node.store.account(output);
        },
        { start, duration: 0 },
      ),
    );
  }

  async #passItems(task: Task, { stream, callable }: Task): Promise<void> {
    const ahead = callable.options.streamBuffer ?? 64;
    for (let position = 0; stream !== null && !isOver(task); position++) {
      while (position >= (task.stream?.consumed ?? 0) + ahead && !isOver(task)) {
        await setTimeout(LOOK_EVERY_MS);
      }
      const item = await stream.item(position);
      if (item === undefined || item.state === 'failed') return;
      await this.#node.store.read([item], () => task.stream?.yield(item.payload ?? '', item.contains));
    }
  }
}

function isOver({ state }: Task): boolean {
  return state === 'finished';
}
