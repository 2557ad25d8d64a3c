import { setTimeout as delay } from 'node:timers/promises';
import { ActorDiedError, Failure, type Node, Op, type WorkerThread } from '@aktis/core';
import type { Actor } from './actor.ts';
import type { ActorBurial } from './actor-burial.ts';
import { willRestart } from './actor-route.ts';
import type { ActorSettling } from './actor-settling.ts';

/** How long a thread may go on with the call of an actor that was killed. */
const STUCK_MS = 1_000;

/** `kill(actor)`. */
export class ActorKill {
  readonly #node: Node;
  readonly #burial: ActorBurial;
  readonly #settling: ActorSettling;

  constructor(node: Node, burial: ActorBurial, settling: ActorSettling) {
    this.#node = node;
    this.#burial = burial;
    this.#settling = settling;
  }

  kill(actor: Actor, noRestart: boolean): void {
    if (actor.state === 'dead') return;
    if (actor.away !== null) {
      actor.away.kill(noRestart);
      if (noRestart || actor.restartsLeft === 0) this.#buryKilled(actor);
      return;
    }
    const restarts = !noRestart && willRestart(actor);
    if (!restarts) actor.killed = killedBy(actor);
    const { thread } = actor;
    if (thread !== null && thread.actors.size > 1) {
      this.#drop(actor, restarts);
      return;
    }
    thread?.worker.terminate('was ended by kill()');
    if (!restarts) this.#buryKilled(actor);
  }

  /** Ends an actor whose thread others share: the thread stays. */
  #drop(actor: Actor, restarts: boolean): void {
    const error = new ActorDiedError(actor.killed ?? `${actor} was killed and restarts`);
    for (const task of actor.calls.all()) {
      if (task.state !== 'sent') continue;
      if (!task.hasStarted && restarts) task.thread?.takeBack(task);
      else {
        task.thread?.abort(task, error.message);
        this.#node.tasks.fail(task, Failure.of(error));
      }
    }
    const worker = actor.thread?.worker;
    worker?.post([Op.StopActor, actor.id, 1]);
    if (worker !== undefined)
      void replaceIfStuck(worker, `was replaced because ${actor} kept it busy after it had been killed`);
    this.#burial.leaveThread(actor);
    if (restarts) this.#settling.restart(actor);
    else this.#burial.bury(actor, Failure.of(error));
  }

  #buryKilled(actor: Actor): void {
    actor.killed = killedBy(actor);
    this.#burial.bury(actor, Failure.of(new ActorDiedError(actor.killed)));
  }
}

function killedBy(actor: Actor): string {
  return `${actor} was killed by kill()`;
}

/** A killed actor that never returns to the event loop would take with it all that live on its thread, and all to come. */
async function replaceIfStuck(worker: WorkerThread, why: string): Promise<void> {
  if (worker.host === null) return;
  const answered = worker.host.control.ping().then(
    () => true,
    () => true,
  );
  if (!(await Promise.race([answered, delay(STUCK_MS, false, { ref: false })]))) worker.terminate(why);
}
