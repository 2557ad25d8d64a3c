import {
  type Callable,
  Deque,
  type Failure,
  type Holdable,
  type ObjectEntry,
  type Payload,
  type Task,
} from '@aktis/core';
import { TaskList } from '@aktis/core/hub';
import type { ActorThread } from './actor-thread.ts';
import type { CreationQueue } from './creation-queue.ts';
import type { RemoteHome } from './elsewhere.ts';

/**
 * ```
 *   pending ──▶ starting ──▶ alive ──▶ ending ──▶ dead
 *  (resources) (constructor)   │         ▲
 *      ▲            ▲          └─────────┘ exitActor, last handle gone, shutdown
 *      │            │ thread died, restarts left
 *      └────────────┴──── restarting
 * ```
 * From every state, `kill` or a death without restarts left leads to `dead`.
 */
export type ActorState = 'pending' | 'starting' | 'alive' | 'restarting' | 'ending' | 'dead';

/** What a handle holds. When none is left, the actor has no user any more and ends. */
export class ActorToken implements Holdable {
  readonly id: number;
  readonly actor: Actor;

  constructor(actor: Actor) {
    this.id = actor.id;
    this.actor = actor;
  }

  get publicId(): string | undefined {
    return this.actor.publicId;
  }
}

/** How its constructor is called: again at every restart. */
export interface Construction {
  readonly args: Payload;
  readonly contains: readonly Holdable[] | null;
  readonly dependencies: readonly ObjectEntry[] | null;
  readonly positions: readonly number[] | null;
}

/** What the node knows about a call beyond its task. */
export class CallPlace {
  /** Keeps the actor alive until the call has ended. */
  readonly token: ActorToken;
  /** Calls of one caller stay in order: whose, if they wait for arguments. */
  queue: CallerQueue | null = null;
  isReady = false;
  /** Where it is executed: the actor may have left that thread before the call has. */
  thread: ActorThread | null = null;

  constructor(token: ActorToken) {
    this.token = token;
  }
}

/** The calls of one caller from the first that waits for its arguments on. */
export interface CallerQueue {
  readonly caller: number;
  readonly calls: Deque<Task>;
}

/** One actor as its node sees it. */
export class Actor {
  readonly id: number;
  readonly callable: Callable;
  readonly construction: Construction;
  /** The methods of its handles, as JSON. */
  readonly methods: string;
  readonly name: string | undefined;
  readonly namespace: string;
  state: ActorState = 'pending';
  /** The id users see, when it belongs to another node. */
  publicId: string | undefined;
  /** It lives on another node. */
  away: RemoteHome | null = null;
  /** Another node owns it, and has it live here: it is not passed on. */
  staysHere = false;
  /** It was created on another node, and is this one's now: here it lives if there is room. */
  isAdopted = false;
  thread: ActorThread | null = null;
  restartsLeft: number;
  restarts = 0;
  /** The running constructor. */
  creation: Task | null = null;
  /** Why it is dead. */
  death: Failure | null = null;
  /** Somebody wants it dead: no restart. */
  killed: string | null = null;
  /** Calls whose arguments are there, waiting to be sent. */
  readonly ready = new Deque<Task>();
  /** Callers with a call that waits for arguments. */
  callers: Map<number, CallerQueue> | null = null;
  /** Unfinished calls. */
  readonly calls = new TaskList();
  /** Where it waits for, and holds, the resources it has for life. */
  creations: CreationQueue | null = null;
  readonly createdAt = Date.now();
  callsDone = 0;
  /** How long they took together. */
  callMicroseconds = 0;
  /** Calls on the thread that have not been answered. */
  inFlight = 0;
  /** In its thread's line for a CPU or a slot. */
  isWaiting = false;
  #token: WeakRef<ActorToken> | undefined;
  /** Keeps a detached actor's token. */
  #kept: ActorToken | undefined;

  constructor(id: number, callable: Callable, construction: Construction, methods: string, namespace: string) {
    this.id = id;
    this.callable = callable;
    this.construction = construction;
    this.methods = methods;
    this.name = callable.options.name;
    this.namespace = namespace;
    this.restartsLeft = callable.options.maxRestarts ?? 0;
    if (callable.options.lifetime === 'detached') this.#kept = this.token;
  }

  get className(): string {
    return this.callable.definition.name;
  }

  /** The token handles share; a new one if the last has just been collected. */
  get token(): ActorToken {
    let token = this.#token?.deref();
    if (token === undefined) {
      token = new ActorToken(this);
      this.#token = new WeakRef(token);
      onTokenMade(token);
    }
    return token;
  }

  /** It lives on without handles, until it is told to end. */
  keep(): void {
    this.#kept = this.token;
  }

  /** From now on it needs handles to live. */
  letGo(): void {
    this.#kept = undefined;
  }

  /** It needs no handles to live. */
  get isKept(): boolean {
    return this.#kept !== undefined;
  }

  get hasHandles(): boolean {
    return this.isKept || this.#token?.deref() !== undefined;
  }

  /** For messages: `Counter` or `Counter 'hits'`. */
  toString(): string {
    return this.name === undefined ? this.className : `${this.className} '${this.name}'`;
  }
}

const collected = new FinalizationRegistry<WeakRef<Actor>>(reference => {
  const actor = reference.deref();
  if (actor !== undefined && !actor.hasHandles) abandoned.get(actor)?.(actor);
});
const abandoned = new WeakMap<Actor, (actor: Actor) => void>();

function onTokenMade(token: ActorToken): void {
  collected.register(token, new WeakRef(token.actor));
}

/** Calls `then` when the last handle of `actor` is gone. */
export function whenAbandoned(actor: Actor, then: (actor: Actor) => void): void {
  abandoned.set(actor, then);
}
