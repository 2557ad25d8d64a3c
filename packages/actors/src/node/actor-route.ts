import {
  type ActorDiedError as ActorDied,
  ActorDiedError,
  ActorUnavailableError,
  type Call,
  type CancelSettings,
  type Create,
  Failure,
  InvalidOptionError,
  type Node,
  Op,
  type Task,
  type TaskRoute,
  type WorkerThread,
} from '@aktis/core';
import { deathOf, groupOf, ResourceShape } from '@aktis/core/hub';
import type { Actor, CallPlace } from './actor.ts';
import { callShape, holdsForLife } from './actor-resources.ts';
import type { ActorThread } from './actor-thread.ts';
import type { RemoteHome } from './elsewhere.ts';
import type { MethodTask } from './method-task.ts';
import { explainPending } from './pending-actor.ts';

// As it was before user code could replace it.
const { queueMicrotask } = globalThis;

/** How the constructor and the methods of actors wait and run: in the order of their callers, on the actor's thread. */
export class ActorRoute implements TaskRoute {
  readonly interruptible = false;

  readonly #node: Node;

  constructor(node: Node) {
    this.#node = node;
  }

  ready(task: Task): void {
    const place = task.place as CallPlace;
    const { actor } = place.token;
    if (task.arguments?.areElsewhere === true && actor.away === null && actor.state !== 'pending') {
      // It holds back no other caller, so long may it take; what then waits may be spilled.
      this.#node.tasks.bringArguments(task, () => {
        task.arguments?.letGo();
        if (task.state !== 'finished') this.ready(task);
      });
      return;
    }
    place.isReady = true;
    if (task === actor.creation) {
      this.send(actor, task);
      return;
    }
    if (place.queue === null) actor.ready.push(task);
    else advance(actor, place);
    this.flushSoon(actor);
  }

  returned(task: Task): void {
    const { actor } = (task.place as CallPlace).token;
    if (task === actor.creation) return;
    actor.ready.unshift(task);
  }

  withdrawn(task: Task, settings?: CancelSettings): void {
    const place = task.place as CallPlace;
    if (task.state === 'sent') place.token.actor.away?.withdraw(task, settings);
    if (place.queue !== null) queueMicrotask(() => advance(place.token.actor, place));
  }

  left(task: Task, _thread: WorkerThread, duration: number): void {
    const place = task.place as CallPlace;
    const { actor } = place.token;
    const { thread } = place;
    place.thread = null;
    if (duration >= 0 && task !== actor.creation) {
      actor.callsDone++;
      actor.callMicroseconds += duration;
    }
    if (thread === actor.thread) actor.inFlight--;
    thread?.left(shapeOf(actor, task));
    if (actor.ready.size > 0) this.flushSoon(actor);
  }

  message(task: Task, _thread: WorkerThread, slot: number): Create | Call {
    const { actor } = (task.place as CallPlace).token;
    const resolved = task.arguments === null ? null : task.arguments.values();
    if (task === actor.creation) {
      const facts = factsOf(actor);
      return [Op.Create, slot, actor.id, task.callable.number, task.args, resolved, facts];
    }
    const { method, options } = task as MethodTask;
    return [Op.Call, slot, actor.id, task.id, method, task.args, resolved, options, task.timeout > 0 ? 1 : 0];
  }

  /** The node to which a call was sent is gone; or only the link to it, if the actor still `lives`. */
  lostElsewhere(task: Task, where: string, lives = false): void {
    const { actor } = (task.place as CallPlace).token;
    if (task.state === 'finished') return;
    const origin = this.#node.origin(task, null);
    if (actor.death !== null || (!lives && !willRestart(actor))) {
      const death = actor.death ?? Failure.of(new ActorDiedError(`${actor} died: it was on ${where}`), origin);
      this.#node.tasks.failedElsewhere(task, death, false);
    } else if (task.retriesLeft !== 0) {
      this.#node.tasks.retry(task);
    } else {
      const what = lives
        ? `${actor} lives, but was out of reach on ${where}. Call it again, or`
        : `${actor} was on ${where}. The actor restarts;`;
      const error = new ActorUnavailableError(
        `${task.name} may or may not have run: ${what} set maxTaskRetries to have such calls run again`,
      );
      this.#node.tasks.failedElsewhere(task, Failure.of(error, origin), false);
    }
  }

  /** A call had started when its thread died. */
  died(task: Task, thread: WorkerThread): void {
    const { actor } = (task.place as CallPlace).token;
    const origin = this.#node.origin(task, thread);
    if (task === actor.creation || !willRestart(actor)) {
      this.#node.tasks.fail(task, Failure.of(deathOfActor(actor, thread), origin));
    } else if (task.retriesLeft !== 0) {
      this.#node.tasks.retry(task);
    } else {
      const error = new ActorUnavailableError(
        `${task.name} may or may not have run: ${actor} was on worker ${thread.workerId}, which ${thread.deathReason}. ` +
          'The actor restarts; set maxTaskRetries to have such calls run again',
      );
      this.#node.tasks.fail(task, Failure.of(error, origin));
    }
  }

  cancel(task: Task, settings: CancelSettings): void {
    if (settings.force) {
      throw new InvalidOptionError(
        'Option force cannot be used with the call of an actor: cancel without it, or kill(actor)',
      );
    }
    this.#node.tasks.cancel(task, settings);
  }

  blocked(_task: Task): void {
    // The worker tells when all that the thread runs is suspended; a waiting call alone says nothing.
  }

  unblock(task: Task, resume: () => void): void {
    const { thread, token } = task.place as CallPlace;
    if (thread === null) resume();
    else thread.resume(shapeOf(token.actor, task), resume);
  }

  explain(task: Task): string {
    const { actor } = (task.place as CallPlace).token;
    if (actor.state === 'pending') return `${actor} has not been created: ${explainPending(actor)}`;
    if (actor.away !== null) return `${actor} ${actor.away.explain()}`;
    if (actor.state !== 'alive') return `${actor} is ${actor.state}`;
    if (actor.isWaiting) return `${actor} waits for ${shapeOf(actor, task)}, which other work holds at the moment`;
    return `${actor} has ${actor.calls.size} unfinished calls`;
  }

  waitsFor(task: Task): readonly Task[] | null {
    const { actor } = (task.place as CallPlace).token;
    if (actor.creation !== null && task !== actor.creation) return [actor.creation];
    const { maxConcurrency, concurrencyGroups } = actor.callable.options;
    if (concurrencyGroups !== undefined) return null;
    const running = actor.calls.all().filter(call => call.hasStarted && call.state === 'sent');
    return running.length >= (maxConcurrency ?? 1) ? running : null;
  }

  /** Sends what the actor has ready, as far as it may run; called again when there is room. */
  flushSoon(actor: Actor): void {
    if (actor.away !== null) {
      this.#flushAway(actor, actor.away);
      return;
    }
    if (actor.state !== 'alive' || actor.thread === null || actor.isWaiting || isGone(actor.thread)) return;
    const task = nextReady(actor);
    if (task !== undefined) actor.thread.request(actor, shapeOf(actor, task));
  }

  #flushAway(actor: Actor, home: RemoteHome): void {
    home.resume();
    for (let task = nextReady(actor); task !== undefined; task = nextReady(actor)) {
      task.state = 'sent';
      if (!home.send(task)) {
        task.state = 'queued';
        return;
      }
      actor.ready.shift();
    }
  }

  readonly flush = (actor: Actor): void => {
    const { thread } = actor;
    if (thread === null || isGone(thread)) return;
    if (actor.state !== 'alive') {
      if (actor.creation?.state === 'queued') this.send(actor, actor.creation);
      return;
    }
    for (let task = nextReady(actor); task !== undefined; task = nextReady(actor)) {
      const shape = shapeOf(actor, task);
      if (!thread.allows(shape)) {
        thread.request(actor, shape);
        return;
      }
      if (actor.inFlight >= windowOf(actor) || thread.worker.link.full) {
        if (actor.inFlight === 0) thread.waitForRoom(actor);
        return;
      }
      if (!this.#hasArguments(actor, task)) return;
      actor.ready.shift();
      if (!this.#dispatch(actor, task, shape)) {
        actor.ready.unshift(task);
        thread.waitForRoom(actor);
        return;
      }
    }
  };

  /** Sends the constructor, once the thread has its CPU. */
  send(actor: Actor, creation: Task): void {
    const { thread } = actor;
    if (thread === null || isGone(thread)) return;
    const shape = shapeOf(actor, creation);
    if (!thread.allows(shape)) thread.request(actor, shape);
    else if (!this.#hasArguments(actor, creation)) return;
    else if (!this.#dispatch(actor, creation, shape)) thread.waitForRoom(actor);
  }

  /** Whether its arguments are in memory; if not they come, and then the actor goes on. */
  #hasArguments(actor: Actor, task: Task): boolean {
    const args = task.arguments;
    if (args === null || args.present) return true;
    if (!args.isComing) this.#node.tasks.bringArguments(task, () => this.flush(actor));
    return false;
  }

  #dispatch(actor: Actor, task: Task, shape: ResourceShape): boolean {
    const thread = actor.thread as NonNullable<Actor['thread']>;
    if (!thread.worker.send(task)) return false;
    (task.place as CallPlace).thread = thread;
    actor.inFlight++;
    thread.sent(shape);
    return true;
  }
}

const plainFacts = JSON.stringify({ wasRestarted: false, namespace: '' });

/** What the actor is told about itself; for most it is the same text. */
function factsOf({ restarts, name, namespace }: Actor): string {
  if (restarts === 0 && name === undefined && namespace === '') return plainFacts;
  return JSON.stringify({ wasRestarted: restarts > 0, name, namespace });
}

/** Its death is being dealt with: what is ready waits for the restart. */
function isGone(thread: ActorThread): boolean {
  return thread.worker.state === 'dead';
}

/** How many calls may be on the thread ahead of their results. */
function windowOf(actor: Actor): number {
  return (actor.callable.options.maxConcurrency ?? 1) + 255;
}

/** What one call, or the constructor, needs while it executes. */
function shapeOf(actor: Actor, task: Task): ResourceShape {
  const { options } = actor.callable;
  // The CPUs outside of its placement group may all be taken by groups.
  return holdsForLife(options) || groupOf(options.schedulingStrategy) !== undefined
    ? ResourceShape.NONE
    : callShape(task);
}

function nextReady(actor: Actor): Task | undefined {
  for (;;) {
    const task = actor.ready.peek();
    if (task === undefined || task.state === 'queued') return task;
    actor.ready.shift();
  }
}

/** Moves the calls at the head of a caller's line that need not wait any more. */
function advance(actor: Actor, place: CallPlace): void {
  const { queue } = place;
  if (queue === null) return;
  for (let head = queue.calls.peek(); head !== undefined; head = queue.calls.peek()) {
    const headPlace = head.place as CallPlace;
    if (head.state !== 'finished') {
      if (!headPlace.isReady) return;
      actor.ready.push(head);
    }
    headPlace.queue = null;
    queue.calls.shift();
  }
  actor.callers?.delete(queue.caller);
}

export function willRestart(actor: Actor): boolean {
  return actor.killed === null && actor.restartsLeft !== 0 && actor.state !== 'ending';
}

export function deathOfActor(actor: Actor, thread: WorkerThread): ActorDied {
  const cause = deathOf(thread, `${actor} was on`);
  return new ActorDiedError(actor.killed ?? `${actor} died: ${cause.message}`, { cause });
}
