import { setImmediate } from 'node:timers';
import {
  type Call,
  type Callable,
  type Create,
  Execution,
  executions,
  type Link,
  Op,
  type ToWorker,
  type WorkerExtension,
  type WorkerRuntime,
} from '@aktis/core';
import { methodsOf } from '../handle-methods.ts';
import { construct } from '../injection.ts';
import { type MethodOptions, parseMethodOptions } from '../method-options.ts';
import { Mailbox } from './mailbox.ts';

/** What an actor knows of itself, from the node. */
export interface ActorFacts {
  readonly wasRestarted: boolean;
  readonly name: string | undefined;
  readonly namespace: string;
}

/** The group of methods that name none. */
const DEFAULT_GROUP = '';

/** One living actor. */
interface HostedActor {
  readonly id: number;
  readonly callable: Callable;
  readonly facts: ActorFacts;
  readonly methods: Readonly<Record<string, MethodOptions>>;
  readonly instance: Record<string, (...args: unknown[]) => unknown>;
  readonly mailbox: Mailbox<{ group: string; message: Call }>;
  isEnding: boolean;
}

/** The actors of one worker. */
export class ActorHost implements WorkerExtension {
  readonly #worker: WorkerRuntime;
  readonly #link: Link;
  readonly #actors = new Map<number, HostedActor>();
  /** Actors whose constructor runs. */
  readonly #constructing = new Map<number, { facts: ActorFacts; callable: Callable }>();
  #received = 0;
  /** Calls that have returned a promise which is not settled. */
  #suspendable = 0;
  #checking = false;

  constructor(worker: WorkerRuntime, link: Link) {
    this.#worker = worker;
    this.#link = link;
  }

  handle(message: ToWorker): void {
    switch (message[0]) {
      case Op.Create:
        this.#received++;
        void this.#create(message);
        break;
      case Op.Call:
        this.#received++;
        this.#worker.executor.announced(message[1]);
        this.#call(message);
        break;
      case Op.StopActor:
        void this.#stop(message[1], message[2] === 1);
        break;
    }
  }

  /** What `runtimeContext()` tells about the actor with this id. */
  factsOf(id: number): { facts: ActorFacts; callable: Callable } | undefined {
    return this.#actors.get(id) ?? this.#constructing.get(id);
  }

  /** `exitActor()`: no further call is run; the node is told at once, `onStop` runs when the current call has unwound. */
  exit(id: number): void {
    const actor = this.#actors.get(id);
    if (actor === undefined || actor.isEnding) return;
    this.#link.send([Op.ActorStopped, id, 0]);
    actor.isEnding = true;
    setImmediate(() => void this.#stop(id, false));
  }

  async #create([, slot, id, number, args, resolved, json]: Create): Promise<void> {
    const { executor } = this.#worker;
    if (!executor.claim(slot, args, resolved)) return;
    let callable: Callable;
    try {
      callable = this.#worker.callable(number) ?? (await this.#worker.load(number));
    } catch (error) {
      executor.refuse(slot, error);
      return;
    }
    const facts = factsFrom(json);
    this.#constructing.set(id, { facts, callable });
    const execution = new Execution(this.#worker, slot, id, callable, callable.definition.name, id);
    const values = executor.decode(execution, args, resolved);
    if (values === null) {
      this.#constructing.delete(id);
      return;
    }
    const build = () => {
      const instance = construct(callable.definition.target as never, values) as HostedActor['instance'];
      this.#actors.set(id, this.#host(id, callable, facts, instance));
    };
    executor.execute(execution, build, undefined, [], false, { numReturns: 1, isGenerator: false, streamBuffer: 0 });
    this.#constructing.delete(id);
  }

  #host(id: number, callable: Callable, facts: ActorFacts, instance: HostedActor['instance']): HostedActor {
    const mailbox = new Mailbox<{ group: string; message: Call }>(limitsOf(callable), ({ message }) =>
      this.#run(actor, message),
    );
    const methods = parseMethodOptions(methodsOf(callable.definition.target));
    const actor: HostedActor = { id, callable, facts, methods, instance, mailbox, isEnding: false };
    return actor;
  }

  #call(message: Call): void {
    const actor = this.#actors.get(message[2]);
    if (actor === undefined) {
      // It has just ended; the node has told its callers already.
      if (this.#worker.executor.claim(message[1], message[5], message[6])) {
        this.#worker.executor.refuse(message[1], new Error('The actor has ended'));
      }
      return;
    }
    actor.mailbox.push({ group: this.#optionsOf(actor, message).concurrencyGroup ?? DEFAULT_GROUP, message });
    this.onResumed();
  }

  #run(actor: HostedActor, message: Call): Promise<void> | undefined {
    const [, slot, , id, method, args, resolved, , watched] = message;
    const { executor } = this.#worker;
    if (!executor.claim(slot, args, resolved)) return undefined;
    if (actor.isEnding) {
      executor.refuse(slot, new Error('The actor is ending'));
      return undefined;
    }
    const name = `${actor.callable.definition.name}.${method}`;
    const execution = new Execution(this.#worker, slot, id, actor.callable, name, actor.id);
    const values = executor.decode(execution, args, resolved);
    if (values === null) return undefined;
    const { numReturns = 1, isGenerator = false, streamBuffer = 64 } = this.#optionsOf(actor, message);
    const code = actor.instance[method];
    if (typeof code !== 'function') {
      executor.refuse(slot, new TypeError(`${name} is not a method`));
      return undefined;
    }
    const pending = executor.execute(execution, code, actor.instance, values, watched === 1, {
      numReturns,
      isGenerator,
      streamBuffer,
    });
    if (pending !== undefined) {
      this.#suspendable++;
      void pending.then(() => {
        this.#suspendable--;
        this.onResumed();
      });
    }
    return pending;
  }

  #optionsOf(actor: HostedActor, [, , , , method, , , options]: Call): MethodOptions {
    const declared = actor.methods[method] ?? {};
    return options === '' ? declared : { ...declared, ...(JSON.parse(options) as MethodOptions) };
  }

  /** Once this turn has ended: if nothing here executes any more, the node may give the thread's CPU to others. */
  onResumed(): void {
    if (this.#checking) return;
    this.#checking = true;
    setImmediate(() => {
      this.#checking = false;
      if (this.#suspendable > 0) this.#link.send([Op.Suspended, this.#received]);
    });
  }

  async #stop(id: number, isKill: boolean): Promise<void> {
    const actor = this.#actors.get(id);
    if (actor !== undefined) {
      actor.isEnding = true;
      this.#actors.delete(id);
      const { onStop } = actor.instance;
      if (!isKill && typeof onStop === 'function') {
        const execution = new Execution(
          this.#worker,
          -1,
          id,
          actor.callable,
          `${actor.callable.definition.name}.onStop`,
          id,
        );
        try {
          await executions.run(execution, () => onStop.call(actor.instance));
        } catch (error) {
          console.error(error);
        }
      }
    }
    if (!isKill) this.#link.send([Op.ActorStopped, id, 1]);
  }
}

const limits = new WeakMap<Callable, ReadonlyMap<string, number>>();

/** How many calls of each group may run at once; one map for all actors of a class. */
function limitsOf(callable: Callable): ReadonlyMap<string, number> {
  let map = limits.get(callable);
  if (map === undefined) {
    const { maxConcurrency = 1, concurrencyGroups = {} } = callable.options;
    map = new Map([[DEFAULT_GROUP, maxConcurrency], ...Object.entries(concurrencyGroups)]);
    limits.set(callable, map);
  }
  return map;
}

const parsedFacts = new Map<string, ActorFacts>();

/** Most actors have the same facts, so they share the object. */
function factsFrom(json: string): ActorFacts {
  let facts = parsedFacts.get(json);
  if (facts === undefined) {
    facts = JSON.parse(json) as ActorFacts;
    if (facts.name === undefined) parsedFacts.set(json, facts);
  }
  return facts;
}
