import {
  type Callable,
  type CreateActorMessage,
  type EncodedArguments,
  Failure,
  isTracing,
  NameTakenError,
  type Node,
  type ObjectEntry,
  type WorkerThread,
} from '@aktis/core';
import { channels, splitPairs } from '@aktis/core/hub';
import { Actor, type ActorToken, type Construction, whenAbandoned } from './actor.ts';
import type { HostedFacts } from './actor-border.ts';
import type { ActorBurial } from './actor-burial.ts';
import type { ActorEnds } from './actor-ends.ts';
import type { ActorRegistry } from './actor-registry.ts';
import type { ActorSettling } from './actor-settling.ts';
import type { ActorsElsewhere } from './elsewhere.ts';

/** What is known of an actor that another node has had before. */
interface Adoption extends Pick<HostedFacts, 'publicId' | 'restarts' | 'restartsLeft'> {
  /** Its name is known to be its own. */
  readonly hasName: boolean;
}

/** The creation of actors: by the driver, by a worker, for another node; and whose a name is. */
export class NewActors {
  readonly #node: Node;
  readonly #registry: ActorRegistry;
  readonly #settling: ActorSettling;
  readonly #burial: ActorBurial;
  readonly #ends: ActorEnds;

  constructor(registry: ActorRegistry, settling: ActorSettling, burial: ActorBurial, ends: ActorEnds) {
    this.#node = registry.node;
    this.#registry = registry;
    this.#settling = settling;
    this.#burial = burial;
    this.#ends = ends;
  }

  fromDriver(callable: Callable, encoded: EncodedArguments, methods: string): ActorToken {
    const { payload: args, contains, dependencies, positions } = encoded;
    const construction = { args, contains, dependencies: dependencies as readonly ObjectEntry[] | null, positions };
    const id = this.#node.ids.take();
    if (this.#registry.elsewhere !== null && isTracing()) this.#trace(id, callable);
    return this.create(id, callable, construction, methods).token;
  }

  #trace(id: number, { definition }: Callable): void {
    const { tasks, state, id: nodeId } = this.#node;
    tasks.traces.created(id, definition.name, { actorId: state.actorIds.of(id), nodeId });
  }

  fromWorker(thread: WorkerThread, [, caller, id, number, args, dependencies, methods]: CreateActorMessage): void {
    const { entries, positions } = splitPairs(thread, dependencies);
    const contains = thread.contained(args);
    const construction = { args, contains, dependencies: entries as readonly ObjectEntry[] | null, positions };
    const callable = this.#node.foreignCallables.captured(thread.foreign(number), thread.taskIn(caller));
    const actor = this.create(id, callable, construction, methods);
    thread.handles.addAs(id, actor.token);
  }

  /** A new actor, or with `getIfExists` the living one of that name. */
  create(id: number, callable: Callable, construction: Construction, methods: string, adoption?: Adoption): Actor {
    const { names, elsewhere } = this.#registry;
    const { options } = callable;
    const namespace = options.namespace ?? this.#registry.namespaceOf(callable);
    // Who inherits a name may have followed it until now.
    const isNew = options.name !== undefined && adoption?.hasName !== true;
    const existing = isNew ? names.get(namespace, options.name as string) : undefined;
    if (existing !== undefined && options.getIfExists === true) return existing;
    const actor = new Actor(id, callable, construction, methods, namespace);
    if (adoption !== undefined) {
      actor.isAdopted = true;
      actor.publicId = adoption.publicId;
      actor.restarts = adoption.restarts;
      actor.restartsLeft = adoption.restartsLeft;
    }
    this.#registry.add(actor);
    this.#registry.publish(channels.actorCreate, actor);
    whenAbandoned(actor, () => this.#ends.abandoned(actor));
    if (existing !== undefined) {
      this.#burial.bury(actor, Failure.of(nameTaken(actor)));
      return actor;
    }
    if (options.name !== undefined) names.set(namespace, options.name, actor);
    if (options.name !== undefined && elsewhere !== null) void this.#claimName(actor, elsewhere);
    else this.#settling.settle(actor);
    return actor;
  }

  /** In a cluster somebody elsewhere may have the name. */
  async #claimName(actor: Actor, elsewhere: ActorsElsewhere): Promise<void> {
    try {
      const home = await elsewhere.claimName(actor);
      if (actor.state === 'dead') {
        if (home === null) elsewhere.freeName(actor);
      } else if (home === null) this.#settling.settle(actor);
      else if (actor.callable.options.getIfExists === true) this.#settling.moveAway(actor, home);
      else throw nameTaken(actor);
    } catch (error) {
      this.#burial.bury(actor, Failure.of(error as NameTakenError));
    }
  }
}

function nameTaken({ name, namespace }: Actor): NameTakenError {
  const where = namespace === '' ? '' : ` in namespace '${namespace}'`;
  return new NameTakenError(`An actor named '${name}' lives already${where}: use another name, or getIfExists: true`);
}
