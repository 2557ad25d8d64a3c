import { Codec, type Link, type Payload } from '@aktis/transport';
import { Callable, type CallableOptions } from '../callable.ts';
import { ClaimRing } from '../claim-ring.ts';
import { type Definition, findDefinition } from '../definition.ts';
import { GetTimeoutError, ModuleLoadError, NodeDiedError } from '../errors.ts';
import { Failure } from '../failure.ts';
import { collectGarbage } from '../garbage.ts';
import { IdSource, newGroupId, publicId } from '../ids.ts';
import { ModuleLoader } from '../loading/module-loader.ts';
import type { Holdable } from '../object-entry.ts';
import { ObjectRef, ObjectRefStream, refGroup } from '../object-ref.ts';
import { type WorkerExtension, workerPlugins } from '../plugin.ts';
import { type Dependencies, Op, type ToWorker } from '../protocol.ts';
import { References, splitDependencies } from '../references.ts';
import type { ResourceMap } from '../resources.ts';
import type { ActorTarget, GetSettings, MethodCall, Runtime } from '../runtime.ts';
import { waitLimited } from '../time-limit.ts';
import { isTracing, traceCall } from '../tracing/open-telemetry.ts';
import type { PlacementGroupOptions } from '../types.ts';
import { executions } from './execution.ts';
import { Executor } from './executor.ts';
import { HandleReleases } from './handle-releases.ts';
import { PendingRequests } from './pending-requests.ts';
import type { WorkerData } from './worker-data.ts';

/** What `get`, `put` and `.remote()` mean in a worker, and the worker's end of the link to its node. */
export class WorkerRuntime implements Runtime {
  readonly data: WorkerData;
  readonly ring: ClaimRing;
  readonly codec: Codec;
  readonly loader: ModuleLoader;
  readonly executor: Executor;
  readonly ids: IdSource;
  readonly #link: Link;
  readonly #references: References;
  readonly #extensions: WorkerExtension[] = [];
  /** Callables the node introduced: loaded, or still only named. */
  readonly #callables: (Callable | { key: string; options: string })[] = [];
  readonly #introduced: boolean[] = [];
  #setUp: Promise<unknown> | undefined;
  #loading = 0;
  readonly #requests: PendingRequests;
  readonly #handles: HandleReleases;

  constructor(data: WorkerData, link: Link) {
    this.data = data;
    this.ring = new ClaimRing(data.ring);
    this.ids = new IdSource(data.number);
    this.#link = link;
    this.#handles = new HandleReleases(link);
    this.#requests = new PendingRequests(link, () => {
      for (const extension of this.#extensions) extension.onResumed();
    });
    this.#references = new References(this, {
      collects: false,
      resolve: (id, publicId) => ({ id, publicId }),
      received: (reference, id) => this.#handles.track(reference, id),
    });
    this.codec = new Codec(this.#references);
    const { entry, setup, typescript, testRunner, bundle } = data;
    this.loader = new ModuleLoader({ entry, setup, typescript, testRunner, bundle });
    this.executor = new Executor(this, link);
  }

  get nodeId(): string {
    return this.data.nodeId;
  }

  readonly hasEnded = false;

  /** Begins to take work. */
  start(): void {
    for (const plugin of workerPlugins()) this.#extensions.push(plugin.attach(this, this.#link));
    this.#link.onMessages = batch => this.#receive(batch as unknown as readonly ToWorker[]);
    this.#link.onClose = reason => {
      this.#requests.failAll(new NodeDiedError(`The node is gone: ${reason.message}`));
    };
    this.#link.send([Op.Ready, performance.now()]);
  }

  // ── calls of user code ─────────────────────────────────────────────────────────────────────────────────────────

  submit(callable: Callable, args: readonly unknown[]): unknown {
    const { numReturns } = callable;
    const { payload, dependencies } = this.#encodeArguments(args);
    const id = numReturns > 1 ? this.ids.takeMany(numReturns) : this.ids.take();
    this.introduce(callable);
    if (isTracing()) this.#trace(id, callable.options.name ?? callable.definition.name);
    this.#link.send([Op.Submit, callerSlot(), id, callable.number, payload, dependencies]);
    return this.refsOf(id, numReturns, callable.isGenerator);
  }

  createActor(callable: Callable, args: readonly unknown[], methods: string): ActorTarget {
    const { payload, dependencies } = this.#encodeArguments(args);
    const id = this.ids.take();
    this.introduce(callable);
    if (isTracing()) this.#trace(id, callable.definition.name);
    this.#link.send([Op.CreateActor, callerSlot(), id, callable.number, payload, dependencies, methods]);
    return { id };
  }

  callActor(actor: ActorTarget, method: MethodCall, args: readonly unknown[]): unknown {
    const { payload, dependencies } = this.#encodeArguments(args);
    const id = method.numReturns > 1 ? this.ids.takeMany(method.numReturns) : this.ids.take();
    if (isTracing()) this.#trace(id, method.name);
    this.#link.send([Op.CallActor, callerSlot(), id, actor.id, method.name, payload, dependencies, method.options]);
    return this.refsOf(id, method.numReturns, method.isGenerator);
  }

  /** Tells the node which trace the call belongs to that is sent next. */
  #trace(id: number, name: string): void {
    const attributes = { 'aktis.task.id': publicId(this.nodeId, id), 'aktis.node.id': this.nodeId };
    const trace = traceCall(name, attributes);
    if (trace !== undefined) this.#link.send([Op.Trace, id, trace]);
  }

  /** The handles of a call whose results have the ids from `id` on. */
  refsOf(id: number, numReturns: number, isGenerator: boolean): unknown {
    if (isGenerator) return this.#track(new ObjectRefStream({ id }, this));
    if (numReturns === 0) {
      this.#handles.release(id);
      return undefined;
    }
    if (numReturns === 1) return this.#track(new ObjectRef({ id }, this));
    return refGroup(Array.from({ length: numReturns }, (_, i) => this.#track(new ObjectRef({ id: id + i }, this))));
  }

  put(value: unknown): ObjectRef {
    const id = this.ids.take();
    this.#link.send([Op.Put, id, this.encode(value)]);
    return this.#track(new ObjectRef({ id }, this));
  }

  reserve(bundles: readonly ResourceMap[], options: PlacementGroupOptions): { id: string; ready: ObjectRef } {
    const id = this.ids.take();
    const groupId = newGroupId(this.nodeId);
    // Nothing is to be answered; whatever names the group or the ref comes after this on the link.
    void this.ask('reserve', { groupId, bundles, options, id });
    return { id: groupId, ready: this.#track(new ObjectRef({ id }, this)) };
  }

  async get(refs: readonly ObjectRef[], settings: GetSettings): Promise<unknown[]> {
    const read = (payloads: unknown) =>
      (payloads as readonly Payload[]).map(payload => this.decode(payload, settings.copy));
    const count = refs.length;
    const late = () => new GetTimeoutError(`Not all of ${count} objects were ready after ${settings.timeout} ms`);
    return (await this.#getOrWait(refs, count, 'values', read, settings.timeout, settings.signal, late)) as unknown[];
  }

  async wait(refs: readonly ObjectRef[], count: number, timeout: number, fetchLocal: boolean): Promise<number[]> {
    const until = fetchLocal ? 'here' : 'settled';
    if (timeout >= 0) {
      // The node decides what is ready; a time limit only moves the moment at which it is asked.
      const all = this.#getOrWait(refs, count, until, readJson, timeout, undefined, undefined);
      const ready = (await all) as number[] | undefined;
      return ready ?? ((await this.ask('ready', { refs, count, fetchLocal })) as number[]);
    }
    return (await this.#getOrWait(refs, count, until, readJson, -1, undefined, undefined)) as number[];
  }

  async *completed(refs: readonly ObjectRef[]): AsyncGenerator<number, void, undefined> {
    let pending = refs.map((_, index) => index);
    while (pending.length > 0) {
      const rest = pending.map(index => refs[index] as ObjectRef);
      const first = await this.wait(rest, 1, -1, false);
      // All that are ready by now come in one go, so that n refs cost far fewer than n questions.
      const ready = new Set(rest.length === 1 ? first : await this.wait(rest, rest.length, 0, false));
      for (const at of ready) yield pending[at] as number;
      pending = pending.filter((_, at) => !ready.has(at));
    }
  }

  ask(question: string, value: unknown): Promise<unknown> {
    const execution = executions.getStore();
    const payload = this.encode(value);
    const { request, promise } = this.#requests.open(execution, answer => this.decode(answer as Payload));
    this.#link.send([Op.Ask, request, execution?.slot ?? -1, question, payload]);
    return promise;
  }

  streamItem(stream: ObjectRef, position: number, signal?: AbortSignal): Promise<ObjectRef | undefined> {
    const item = this.ask('streamItem', { id: stream.held.id, position }) as Promise<ObjectRef | undefined>;
    return signal === undefined ? item : waitLimited(item, -1, signal, undefined);
  }

  abandonStream(stream: ObjectRef): void {
    void this.ask('abandonStream', { id: stream.held.id });
  }

  /** Prints through the node, with the name of the running task. */
  log(stream: 1 | 2, text: string): void {
    const execution = executions.getStore();
    if (execution === undefined) this.#link.send([Op.Log, 'worker', stream, text, -1, 0, 0]);
    else this.#link.send([Op.Log, execution.logName, stream, text, execution.slot, execution.id, execution.actor]);
    this.#link.flush();
  }

  // ── values ─────────────────────────────────────────────────────────────────────────────────────────────────────

  encode(value: unknown): Payload {
    return this.codec.encode(value);
  }

  decode(payload: Payload, copy = false): unknown {
    return typeof payload === 'string' ? this.codec.decode(payload) : this.codec.decode(payload, { copy });
  }

  /** Gives back the handles in a payload that nobody will decode. */
  discard(payload: Payload): void {
    if (typeof payload !== 'string') for (const [, id] of payload[2]) this.#handles.release(id as number);
  }

  /** The callable the node means by `number`, if its module has been loaded. */
  callable(number: number): Callable | undefined {
    const known = this.#callables[number];
    return known instanceof Callable ? known : undefined;
  }

  /** Loads the module of a callable. */
  async load(number: number): Promise<Callable> {
    const known = this.#callables[number] as Callable | { key: string; options: string };
    if (known instanceof Callable) return known;
    if (this.data.isInline && this.data.setup !== undefined) await this.#setUpInline(this.data.setup);
    const definition = findDefinition(known.key) ?? (await this.#loadDefinition(known.key));
    const { isGenerator: _, ...options } = JSON.parse(known.options) as CallableOptions & { isGenerator?: boolean };
    const callable = new Callable(definition, options);
    this.#callables[number] = callable;
    return callable;
  }

  /** The node watches it: top-level code that never ends would keep the thread for ever. */
  async #loadDefinition(key: string): Promise<Definition> {
    if (this.#loading++ === 0) {
      this.#link.send([Op.Loading, key]);
      this.#link.flush();
    }
    try {
      return await this.loader.load(key);
    } finally {
      if (--this.#loading === 0) this.#link.send([Op.Loading, '']);
    }
  }

  /** On the node's own thread everything is loaded already, except the setup module. */
  async #setUpInline(setup: string): Promise<void> {
    this.#setUp ??= import(setup);
    try {
      await this.#setUp;
    } catch (cause) {
      throw new ModuleLoadError(`The setup module ${setup} threw: ${(cause as Error).message}`, { cause });
    }
  }

  introduce(callable: Callable): void {
    if (this.#introduced[callable.number] === true) return;
    this.#introduced[callable.number] = true;
    this.#link.send([Op.Define, callable.number, callable.definition.key, callable.wire]);
  }

  // ── messages ───────────────────────────────────────────────────────────────────────────────────────────────────

  #receive(batch: readonly ToWorker[]): void {
    for (const message of batch) {
      switch (message[0]) {
        case Op.Run:
          this.executor.run(message);
          break;
        case Op.Define:
          this.#callables[message[1]] = this.#known(message[2], message[3]);
          break;
        case Op.Trace:
          this.executor.traced(message[1], message[2]);
          break;
        case Op.Abort:
          this.executor.abort(message[1], message[2]);
          break;
        case Op.Consumed:
          this.executor.consumed(message[1], message[2]);
          break;
        case Op.Collect:
          collectGarbage();
          break;
        case Op.Values:
          this.#requests.answer(message[1], message[2]);
          break;
        case Op.Failure:
          this.#requests.fail(message[1], Failure.fromWire(message[2]).toError(this.codec, ''));
          break;
        case Op.Answer:
          if (message[2] === 1) this.#requests.answer(message[1], message[3]);
          else this.#requests.fail(message[1], this.decode(message[3]));
          break;
        default:
          for (const extension of this.#extensions) extension.handle(message);
      }
    }
  }

  #known(key: string, wire: string): Callable | { key: string; options: string } {
    const definition = this.data.isInline && this.data.setup !== undefined ? undefined : findDefinition(key);
    if (definition === undefined) return { key, options: wire };
    const { isGenerator: _, ...options } = JSON.parse(wire) as CallableOptions & { isGenerator?: boolean };
    return new Callable(definition, options);
  }

  async #getOrWait(
    refs: readonly ObjectRef[],
    count: number,
    until: 'values' | 'here' | 'settled',
    read: (answer: unknown) => unknown,
    timeout: number,
    signal: AbortSignal | undefined,
    late: (() => Error) | undefined,
  ): Promise<unknown> {
    const execution = executions.getStore();
    const limited = timeout >= 0 || signal !== undefined;
    const { request, promise } = this.#requests.open(execution, read);
    const ids = refs.map(ref => ref.held.id);
    const [values, endless, fetch] = [until === 'values' ? 1 : 0, limited ? 0 : 1, until === 'here' ? 1 : 0] as const;
    this.#link.send([Op.Get, request, execution?.slot ?? -1, ids, count, values, endless, fetch]);
    if (!limited) return promise;
    try {
      return await waitLimited(promise, timeout, signal, late);
    } finally {
      this.#requests.forget(request);
    }
  }

  // ── handles ────────────────────────────────────────────────────────────────────────────────────────────────────

  #track<R extends ObjectRef>(ref: R): R {
    this.#handles.track(ref, ref.held.id);
    return ref;
  }

  #encodeArguments(args: readonly unknown[]): { payload: Payload; dependencies: Dependencies | null } {
    const split = splitDependencies(args, this);
    const payload = this.codec.encodeArguments(split?.args ?? args);
    if (split === null) return { payload, dependencies: null };
    const dependencies: number[] = [];
    split.positions.forEach((position, i) => {
      dependencies.push(position, (split.dependencies[i] as Holdable).id);
    });
    return { payload, dependencies };
  }
}

function callerSlot(): number {
  return executions.getStore()?.slot ?? -1;
}

function readJson(answer: unknown): unknown {
  return JSON.parse(answer as string);
}
