import { setImmediate } from 'node:timers/promises';
import { Codec, type Payload } from '@aktis/transport';
import { Arrivals } from './arrivals.ts';
import type { Callable } from './callable.ts';
import { Urgency } from './demand.ts';
import { GetTimeoutError, NodeDiedError } from './errors.ts';
import { explainObject } from './explain.ts';
import { newGroupId } from './ids.ts';
import { KeepAlive } from './keep-alive.ts';
import { Latch } from './latch.ts';
import { LocalArrivals } from './local-arrivals.ts';
import type { Node } from './node.ts';
import { type Holdable, ObjectEntry } from './object-entry.ts';
import { ObjectRef, ObjectRefStream, refGroup } from './object-ref.ts';
import { showProgress } from './progress.ts';
import { type EncodedArguments, References, splitDependencies } from './references.ts';
import type { ResourceMap } from './resources.ts';
import type { ActorTarget, GetSettings, MethodCall, Runtime } from './runtime.ts';
import { stackHere } from './stack.ts';
import type { Stream } from './stream.ts';
import type { Task } from './task.ts';
import { limitedSignal, waitLimited } from './time-limit.ts';
import type { PlacementGroupOptions } from './types.ts';

/** How the extension for actors joins the driver: set by it when it attaches to the node. */
export interface ActorCalls {
  create(callable: Callable, args: EncodedArguments, methods: string): ActorTarget;
  call(actor: ActorTarget, method: MethodCall, args: EncodedArguments): Task;
}

/** What `get`, `put` and `.remote()` mean in the process of a node: the hub itself answers. */
export class DriverRuntime implements Runtime {
  readonly codec: Codec;
  readonly keepAlive = new KeepAlive();
  actors: ActorCalls | undefined;
  readonly #node: Node;
  readonly #references: References;

  constructor(node: Node) {
    this.#node = node;
    this.#references = new References(this, { collects: true, resolve: lostReference, received: () => {} });
    this.codec = new Codec(this.#references);
  }

  get nodeId(): string {
    return this.#node.id;
  }

  get hasEnded(): boolean {
    return this.#node.isEnding;
  }

  submit(callable: Callable, args: readonly unknown[]): unknown {
    const node = this.#node;
    node.assertRunning();
    const { numReturns } = callable;
    const encoded = this.encodeArguments(args);
    const id = numReturns > 1 ? node.ids.takeMany(numReturns) : node.ids.take();
    const { payload, contains, dependencies, positions } = encoded;
    return this.refsOf(node.submitFunction(callable, id, payload, contains, dependencies, positions, null), numReturns);
  }

  createActor(callable: Callable, args: readonly unknown[], methods: string): ActorTarget {
    this.#node.assertRunning();
    return (this.actors as ActorCalls).create(callable, this.encodeArguments(args), methods);
  }

  callActor(actor: ActorTarget, method: MethodCall, args: readonly unknown[]): unknown {
    this.#node.assertRunning();
    const task = (this.actors as ActorCalls).call(actor, method, this.encodeArguments(args));
    return this.refsOf(task, method.numReturns);
  }

  /** What `.remote()` returns for a submitted task. */
  refsOf(task: Task, numReturns: number): unknown {
    if (task.stream !== null) {
      const stream = new ObjectRefStream(task.output, this);
      abandonedStreams.register(stream, task.stream);
      return stream;
    }
    if (task.outputs !== null) return refGroup(task.outputs.map(entry => new ObjectRef(entry, this)));
    return numReturns === 0 ? undefined : new ObjectRef(task.output, this);
  }

  put(value: unknown): ObjectRef {
    this.#node.assertRunning();
    const { payload, contains } = this.encode(value);
    const entry = new ObjectEntry(this.#node.ids.take());
    entry.resolve(payload, contains);
    this.#node.store.put(entry as ObjectEntry);
    return new ObjectRef(entry, this);
  }

  reserve(bundles: readonly ResourceMap[], options: PlacementGroupOptions): { id: string; ready: ObjectRef } {
    this.#node.assertRunning();
    const { placementGroups, ids } = this.#node;
    const id = newGroupId(placementGroups.elsewhere?.homeFor(options) ?? this.nodeId);
    return { id, ready: new ObjectRef(placementGroups.create(id, bundles, options, ids.take()), this) };
  }

  async get(refs: readonly ObjectRef[], settings: GetSettings): Promise<unknown[]> {
    const entries = this.#entries(refs);
    if (entries.every(isPresent)) return this.#values(entries, settings);
    return this.#await(entries, settings);
  }

  #values(entries: readonly ObjectEntry[], { copy }: GetSettings): unknown[] {
    const { store } = this.#node;
    store.immutability?.verify(entries, null);
    return entries.map(entry => {
      store.touch(entry);
      return this.decode(entry.payload as Payload, entry.contains, copy);
    });
  }

  async #await(entries: readonly ObjectEntry[], settings: GetSettings): Promise<unknown[]> {
    const { timeout, signal, progress } = settings;
    const began = performance.now();
    const bar = progress === undefined ? undefined : await showProgress(progress, entries.length);
    const latch = new Latch(entries, entries.length, true, bar && (() => bar.advance()));
    this.keepAlive.hold();
    try {
      if (timeout < 0 && signal === undefined) await latch.opened;
      else await waitLimited(latch.opened, timeout, signal, () => this.#timeoutError(entries, timeout));
      if (latch.failed?.failure !== undefined) throw latch.failed.failure.toError(this.codec, stackHere());
      if (entries.every(isPresent)) return this.#values(entries, settings);
      return await this.#bring(entries, settings, began);
    } finally {
      this.keepAlive.release();
      latch.close();
      bar?.end();
    }
  }

  /** The time limit is for what comes from other nodes; what lies on disk is there already. */
  async #bring(entries: readonly ObjectEntry[], settings: GetSettings, began: number): Promise<unknown[]> {
    const { timeout, signal } = settings;
    const isHere = entries.every(entry => entry.source === null);
    const left = timeout < 0 || isHere ? -1 : Math.max(0, timeout - (performance.now() - began));
    const limit = limitedSignal(left, signal, () => this.#timeoutError(entries, timeout));
    try {
      const use = () => this.#values(entries, settings);
      return await this.#node.store.read(entries, use, Urgency.get, limit.signal);
    } finally {
      limit.clear();
    }
  }

  #timeoutError(entries: readonly ObjectEntry[], timeout: number): GetTimeoutError {
    const pending = entries.filter(entry => !entry.isSettled);
    if (pending.length === 0) {
      const coming = entries.filter(entry => entry.source !== null).length;
      return new GetTimeoutError(
        `${coming} of ${entries.length} objects had not come from other nodes after ${timeout} ms`,
      );
    }
    const first = pending[0];
    const what = first?.producer === undefined ? '' : `, first of them ${first.producer.name}: ${explainObject(first)}`;
    return new GetTimeoutError(
      `${pending.length} of ${entries.length} objects were not ready after ${timeout} ms${what}`,
    );
  }

  async wait(refs: readonly ObjectRef[], count: number, timeout: number, fetchLocal: boolean): Promise<number[]> {
    // Whoever waits for one after the other mostly finds the next one there: that may cost no more than to find it.
    const atOnce = firstReady(refs, count, fetchLocal ? isHere : isSettled);
    if (atOnce.length === count || timeout === 0) return seen(refs, atOnce);
    const arrivals = fetchLocal ? new LocalArrivals(this.#node.store) : null;
    const latch = new Latch(this.#entries(refs), count, false, undefined, arrivals);
    this.keepAlive.hold();
    try {
      if (timeout < 0) await latch.opened;
      else await waitLimited(latch.opened, timeout, undefined, undefined);
    } finally {
      this.keepAlive.release();
      latch.close();
    }
    return seen(refs, firstReady(refs, count, arrivals === null ? isSettled : entry => arrivals.isHere(entry)));
  }

  async *completed(refs: readonly ObjectRef[]): AsyncGenerator<number, void, undefined> {
    const arrivals = new Arrivals(this.#entries(refs));
    try {
      for (let left = refs.length; left > 0; left--) {
        if (!arrivals.hasNext) {
          this.keepAlive.hold();
          await arrivals.next().finally(() => this.keepAlive.release());
        }
        yield arrivals.take();
      }
    } finally {
      arrivals.close();
    }
  }

  async ask(question: string, value: unknown): Promise<unknown> {
    this.keepAlive.hold();
    try {
      const answer = await this.#node.questions.get(question)?.(value as never, { thread: null, task: null });
      // Whoever asks in a loop until something has changed must let it change.
      await setImmediate();
      return answer;
    } finally {
      this.keepAlive.release();
    }
  }

  async streamItem(stream: ObjectRef, position: number, signal?: AbortSignal): Promise<ObjectRef | undefined> {
    this.keepAlive.hold();
    try {
      const item = this.#node.streams.get(stream.held as ObjectEntry)?.item(position) ?? Promise.resolve(undefined);
      const entry = await waitLimited(item, -1, signal, undefined);
      return entry === undefined ? undefined : new ObjectRef(entry, this);
    } finally {
      this.keepAlive.release();
    }
  }

  abandonStream(stream: ObjectRef): void {
    this.#node.streams.get(stream.held as ObjectEntry)?.abandon();
  }

  // ── values ─────────────────────────────────────────────────────────────────────────────────────────────────────

  encode(value: unknown): { payload: Payload; contains: readonly Holdable[] | null } {
    let payload: Payload;
    try {
      payload = this.codec.encode(value);
    } catch (error) {
      this.#references.takeCollected();
      throw error;
    }
    return { payload, contains: typeof payload === 'string' ? null : this.#references.takeCollected() };
  }

  encodeArguments(args: readonly unknown[]): EncodedArguments {
    const split = splitDependencies(args, this);
    let payload: Payload;
    try {
      payload = this.codec.encodeArguments(split?.args ?? args);
    } catch (error) {
      this.#references.takeCollected();
      throw error;
    }
    return {
      payload,
      contains: typeof payload === 'string' ? null : this.#references.takeCollected(),
      dependencies: split?.dependencies ?? null,
      positions: split?.positions ?? null,
    };
  }

  decode(payload: Payload, contains: readonly Holdable[] | null, copy = false): unknown {
    if (typeof payload === 'string') return this.codec.decode(payload);
    return this.#references.within(contains, () => this.codec.decode(payload, { copy }));
  }

  close(): void {
    this.keepAlive.close();
  }

  #entries(refs: readonly ObjectRef[]): ObjectEntry[] {
    const entries: ObjectEntry[] = [];
    for (const ref of refs) entries.push(ref.held as ObjectEntry);
    return entries;
  }
}

/** A stream whose consumer forgot about it must not keep its producer waiting for ever. */
const abandonedStreams = new FinalizationRegistry<Stream>(stream => stream.abandon());

function isPresent(entry: ObjectEntry): boolean {
  return entry.state === 'ready';
}

function isSettled(entry: ObjectEntry): boolean {
  return entry.isSettled;
}

function isHere(entry: ObjectEntry): boolean {
  return entry.isSettled && entry.source === null;
}

/** Where the first `count` refs are that are ready, in order. */
function firstReady(refs: readonly ObjectRef[], count: number, isReady: (entry: ObjectEntry) => boolean): number[] {
  const ready: number[] = [];
  for (let i = 0; i < refs.length && ready.length < count; i++) {
    if (isReady((refs[i] as ObjectRef).held as ObjectEntry)) ready.push(i);
  }
  return ready;
}

/** Whoever is told that these are ready may look at their failures. */
function seen(refs: readonly ObjectRef[], ready: number[]): number[] {
  for (const at of ready) {
    const { failure } = (refs[at] as ObjectRef).held as ObjectEntry;
    if (failure !== undefined) failure.seen = true;
  }
  return ready;
}

function lostReference(): never {
  throw new NodeDiedError('The value refers to an object or actor of a session that is gone');
}
