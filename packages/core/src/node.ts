import { availableParallelism, totalmem } from 'node:os';
import { clearTimeout, setTimeout } from 'node:timers';
import type { Codec, Payload } from '@aktis/transport';
import type { Callable } from './callable.ts';
import { DriverRuntime } from './driver-runtime.ts';
import type { Elsewhere } from './elsewhere.ts';
import { NodeDiedError } from './errors.ts';
import { Failure, type FailureOrigin } from './failure.ts';
import { ForeignCallables } from './foreign-callables.ts';
import { FunctionRoute } from './function-route.ts';
import { IdSource, newNodeId, publicId } from './ids.ts';
import { LogPrinter } from './log-printer.ts';
import { MemoryMonitor } from './memory/memory-monitor.ts';
import { NodeRequests } from './node-requests.ts';
import { type Holdable, ObjectEntry } from './object-entry.ts';
import { ObjectStore } from './object-store.ts';
import { PlacementGroups } from './placement-groups.ts';
import { type NodeExtension, nodePlugins } from './plugin.ts';
import { type Log, Op } from './protocol.ts';
import type { Question } from './questions.ts';
import { Relief } from './relief.ts';
import { ResourcePool } from './resources.ts';
import { type RuntimeEnvironment, runtimeEnvironment } from './runtime-environment.ts';
import { Scheduler } from './scheduler.ts';
import { spillDirectory } from './spill-directory.ts';
import { sourceOf } from './state/log-source.ts';
import { NodeState } from './state/node-state.ts';
import { Stream } from './stream.ts';
import { Task } from './task.ts';
import { TaskManager } from './task-manager.ts';
import type { InitOptions } from './types.ts';
import { UnseenFailures } from './unseen-failures.ts';
import { WorkerPool } from './worker-pool.ts';
import { WorkerStarter } from './worker-starter.ts';
import type { ThreadHome, WorkerThread } from './worker-thread.ts';

const SHUTDOWN_MS = 5_000;

/** One process that offers resources: it owns objects and tasks, schedules, and runs workers. Has no global state. */
export class Node {
  readonly id = newNodeId();
  readonly options: InitOptions;
  readonly jobId: string;
  readonly startedAt = new Date();
  readonly ids = new IdSource(0);
  readonly runtime: DriverRuntime;
  readonly codec: Codec;
  readonly store: ObjectStore;
  readonly scheduler: Scheduler;
  readonly pool: WorkerPool;
  readonly tasks: TaskManager;
  readonly functions: FunctionRoute;
  readonly placementGroups: PlacementGroups;
  readonly requests: NodeRequests;
  readonly foreignCallables = new ForeignCallables();
  /** What it knows about itself. */
  readonly state: NodeState;
  readonly logs: LogPrinter;
  readonly questions = new Map<string, Question>();
  /** How extensions find what workers name by its id. */
  readonly lookups: ((id: number) => Holdable | undefined)[] = [];
  readonly extensions: NodeExtension[];
  /** The streams of generator tasks, by the object that stands for their end. */
  readonly streams = new WeakMap<ObjectEntry, Stream>();
  /** The other nodes, when this one has joined a cluster. */
  elsewhere: Elsewhere | null = null;
  readonly #unseen: UnseenFailures;
  readonly #memory: MemoryMonitor;
  readonly #relief = new Relief(this);
  readonly #onEnd: (() => unknown)[] = [];
  #isEnding = false;
  #ending: Promise<void> | undefined;

  /** @param warms whether workers start before there is work: not where nobody knows yet whose work that will be */
  constructor(options: InitOptions, warms = options.transport !== 'inline') {
    this.options = options;
    this.jobId = publicId(this.id, 0);
    this.runtime = new DriverRuntime(this);
    this.codec = this.runtime.codec;
    this.state = new NodeState(this);
    this.logs = new LogPrinter(options);
    this.#unseen = new UnseenFailures(this.codec, text => this.logs.warn(text));
    this.store = new ObjectStore(options.objectStoreMemory ?? Math.floor(totalmem() * 0.3), spillDirectory(this.id));
    this.scheduler = new Scheduler(new ResourcePool(offered(options)), claim => {
      if (this.elsewhere?.couldEverFit(claim.shape, {}) === true) return;
      const missing = this.scheduler.pool.missing(claim.shape);
      this.logs.warn(
        `${claim.describe()} needs ${claim.shape}, but no node has that much: ${missing}. It stays pending; ` +
          'ask for less, or offer more in init()',
      );
    });
    this.store.onPressure = () => this.#relief.ofStore();
    this.scheduler.onWaiting = () => this.#relief.ofWaiting();
    const cpus = options.numCpus ?? availableParallelism();
    const starter = new WorkerStarter(this, () => this.#threadHome());
    const mayStartSpares = () => !this.isEnding && options.transport !== 'inline' && !this.#memory.isShort;
    this.pool = new WorkerPool(cpus, environment => starter.start(environment), mayStartSpares);
    this.tasks = new TaskManager({
      codec: this.codec,
      store: this.store,
      origin: (task, thread) => this.origin(task, thread),
      history: this.state.tasks,
      onUnseenFailure: (failure, entry) => this.#unseen.watch(failure, entry),
    });
    this.placementGroups = new PlacementGroups(this);
    this.functions = new FunctionRoute(this);
    this.requests = new NodeRequests(this);
    this.state.sampler.start();
    this.#memory = new MemoryMonitor(this);
    this.#memory.onShort = () => this.pool.giveBackSpares();
    this.#memory.start();
    this.extensions = nodePlugins().map(plugin => plugin.attach(this));
    if (warms) {
      this.pool.warm(runtimeEnvironment(options.runtimeEnv, undefined), Math.min(cpus, availableParallelism()));
    }
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Throws if the session is over; called before anything new begins. */
  assertRunning(): void {
    if (this.isEnding) throw new NodeDiedError('The session has been shut down; call init() to start another');
  }

  // ── tasks ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** How many ids a call takes: one for each result. */
  static idsFor(callable: Callable): number {
    return Math.max(1, callable.numReturns);
  }

  submitFunction(
    callable: Callable,
    id: number,
    args: Payload,
    contains: readonly Holdable[] | null,
    dependencies: readonly Holdable[] | null,
    positions: readonly number[] | null,
    parent: Task | null,
    route: FunctionRoute = this.functions,
  ): Task {
    callable = this.foreignCallables.captured(callable, parent);
    const { options } = callable;
    const retries = options.maxRetries ?? 3;
    const task = new Task(id, callable, route, args, contains, retries, options.timeout ?? 0);
    this.prepareOutputs(task, callable.numReturns, callable.isGenerator, options.streamBuffer);
    task.parent = parent;
    this.tasks.submit(task, dependencies as readonly ObjectEntry[] | null, positions);
    return task;
  }

  /** Gives a new task the results it declares. */
  prepareOutputs(task: Task, numReturns: number, isGenerator: boolean, streamBuffer = 64): void {
    if (isGenerator) {
      task.stream = new Stream(streamBuffer, () => this.ids.take());
      const { stream } = task;
      this.#relief.openStreams.add(stream);
      stream.onEnded = () => this.#relief.openStreams.delete(stream);
      // A producer that waits for its consumer needs no CPU, and the consumer may need it.
      task.stream.onPaused = () => {
        if (task.thread !== null) task.route.blocked(task);
      };
      task.stream.onResumed = count => {
        if (task.thread === null) this.elsewhere?.consumed(task, count);
        else task.route.unblock(task, () => task.thread?.post([Op.Consumed, task.slot, count]));
      };
      task.stream.onAbandoned = () => this.tasks.cancel(task, { force: false, recursive: true, grace: 1000 });
      task.stream.onConsumed = count => {
        if (task.thread === null) this.elsewhere?.consumed(task, count);
        else task.thread.post([Op.Consumed, task.slot, count]);
      };
      this.streams.set(task.output, task.stream);
    } else if (numReturns > 1) {
      const outputs: ObjectEntry[] = [task.output];
      for (let i = 1; i < numReturns; i++) outputs.push(new ObjectEntry(task.id + i, task) as ObjectEntry);
      task.outputs = outputs;
    }
  }

  origin(task: Task, thread: WorkerThread | null): FailureOrigin {
    return {
      taskId: task.output.publicId ?? publicId(this.id, task.id),
      taskName: task.name,
      ...(task.actorId === 0 ? {} : { actorId: this.state.actorIds.of(task.actorId) }),
      nodeId: this.id,
      ...(thread === null ? {} : { workerId: thread.workerId }),
    };
  }

  /** What the workers of this callable's work are started with. */
  environmentOf({ job, options }: Callable): RuntimeEnvironment {
    return runtimeEnvironment(job === undefined ? this.options.runtimeEnv : job.runtimeEnv, options.runtimeEnv, job);
  }

  /** User code printed. */
  printed(thread: WorkerThread, message: Log): void {
    const { environment, number: worker, workerId } = thread;
    const { job } = environment;
    const [, name, target, text] = message;
    const stream = target === 1 ? 'stdout' : 'stderr';
    const source = sourceOf(this.id, this.state.actorIds, thread, message);
    this.state.logs.write(thread, stream, source, text);
    const { jobId = this.jobId, taskId, actorId } = source;
    const by = { name, worker, ids: { jobId, nodeId: this.id, workerId, taskId, actorId } };
    if (job !== undefined && this.elsewhere?.print(job, by, stream, text) === true) return;
    this.logs.print(by, stream, text);
  }

  // ── workers ────────────────────────────────────────────────────────────────────────────────────────────────────

  #threadHome(): ThreadHome {
    return {
      tasks: this.tasks,
      requests: this.requests,
      lookup: id => this.#lookup(id),
      // A stream nobody in the worker can read any more must not keep its producer waiting.
      onReleased: item => this.streams.get(item as ObjectEntry)?.abandon(),
      onThreadDied: thread => this.#onThreadDied(thread),
    };
  }

  #lookup(id: number): Holdable | undefined {
    for (const lookup of this.lookups) {
      const found = lookup(id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #onThreadDied(thread: WorkerThread): void {
    this.pool.forget(thread);
    this.state.died(thread);
    for (const extension of this.extensions) extension.onThreadDied(thread);
  }

  // ── the end ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Ends everything: actors are told, what is unfinished is rejected, threads end, files go. */
  shutdown(reason = 'the session was shut down'): Promise<void> {
    this.#isEnding = true;
    this.#ending ??= this.#shutdown(reason);
    return this.#ending;
  }

  /** Calls `callback` when the session begins to end; a promise it returns is waited for before the session is over. */
  onEnd(callback: () => unknown): void {
    this.#onEnd.push(callback);
  }

  async #shutdown(reason: string): Promise<void> {
    const farewells = this.#onEnd.map(callback => callback());
    const stopped = Promise.all(this.extensions.map(extension => extension.shutdown()));
    this.tasks.close(reason);
    this.placementGroups.close(Failure.of(new NodeDiedError(`The placement group is gone: ${reason}`)));
    await within(SHUTDOWN_MS, stopped);
    for (const thread of this.pool.threads) {
      thread.endsWithSession = true;
      thread.terminate(`ended because ${reason}`);
    }
    await Promise.all([...this.pool.threads].map(thread => thread.host?.exited));
    await within(SHUTDOWN_MS, Promise.all(farewells));
    this.runtime.close();
    this.#memory.stop();
    this.requests.close();
    this.logs.close();
    this.state.close();
    this.#unseen.report();
    this.store.close();
  }
}

function offered(options: InitOptions): Record<string, number> {
  return {
    ...options.resources,
    CPU: options.numCpus ?? availableParallelism(),
    ...(options.numGpus === undefined ? {} : { GPU: options.numGpus }),
    memory: options.memory ?? Math.floor(totalmem() * 0.7),
  };
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>(resolve => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work.catch(() => {}), timeUp]);
  clearTimeout(timer);
}
