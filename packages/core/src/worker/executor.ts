import type { Link, Payload } from '@aktis/transport';
import type { Callable } from '../callable.ts';
import { Deque } from '../deque.ts';
import { TaskCancelledError } from '../errors.ts';
import { Op, type Resolved, type Run } from '../protocol.ts';
import { placeArgument } from '../references.ts';
import { channels } from '../state/channels.ts';
import { RunSpan } from '../tracing/open-telemetry.ts';
import { Execution, executions } from './execution.ts';
import { Production } from './production.ts';
import type { WorkerRuntime } from './worker-runtime.ts';

/** Results wait in the link's batch for at most about this long. */
const FLUSH_MS = 1;

/** Tasks of one lane run one after the other; lanes interleave where tasks await. */
interface Lane {
  readonly tasks: Deque<Run>;
  busy: boolean;
}

/** What the callee declares about its result. */
interface Returns {
  readonly numReturns: number;
  readonly isGenerator: boolean;
  readonly streamBuffer: number;
}

/** Read once: every task needs it. */
const { timeOrigin } = performance;

type UserFunction = (...args: unknown[]) => unknown;

/** Runs user code and reports what came of it. */
export class Executor {
  readonly #worker: WorkerRuntime;
  readonly #link: Link;
  readonly #lanes = new Map<number, Lane>();
  readonly #running = new Map<number, Execution>();
  /** The traces of runs that are on their way, by their ids. */
  readonly #traces = new Map<number, string>();
  /** How much has been consumed of what is not produced yet, by slots. */
  readonly #consumed = new Map<number, number>();
  #flushedAt = 0;

  constructor(worker: WorkerRuntime, link: Link) {
    this.#worker = worker;
    this.#link = link;
  }

  run(message: Run): void {
    const number = message[2];
    this.announced(message[1]);
    let lane = this.#lanes.get(number);
    if (lane === undefined) this.#lanes.set(number, (lane = { tasks: new Deque(), busy: false }));
    lane.tasks.push(message);
    if (!lane.busy) this.#drain(number, lane);
  }

  /** Runs what waits in the lane, until it is empty or a task awaits something. */
  #drain(number: number, lane: Lane): void {
    lane.busy = true;
    for (let task = lane.tasks.shift(); task !== undefined; task = lane.tasks.shift()) {
      const pending = this.#runTask(task);
      if (pending === undefined) continue;
      void pending.then(() => this.#drain(number, lane));
      return;
    }
    lane.busy = false;
    this.#lanes.delete(number);
  }

  #runTask(message: Run): Promise<void> | undefined {
    const [, slot, , id, number, args, resolved, watched] = message;
    if (!this.claim(slot, args, resolved)) return undefined;
    const callable = this.#worker.callable(number);
    if (callable === undefined) {
      return this.#worker.load(number).then(
        loaded => this.#enter(loaded, slot, id, args, resolved, watched),
        error => this.refuse(slot, error),
      );
    }
    return this.#enter(callable, slot, id, args, resolved, watched);
  }

  #enter(
    callable: Callable,
    slot: number,
    id: number,
    args: Payload,
    resolved: Resolved | null,
    watched: 0 | 1,
  ): Promise<void> | undefined {
    const name = callable.options.name ?? callable.definition.name;
    const execution = new Execution(this.#worker, slot, id, callable, name, 0);
    const values = this.decode(execution, args, resolved);
    if (values === null) return undefined;
    return this.execute(execution, callable.definition.target as UserFunction, undefined, values, watched === 1, {
      numReturns: callable.numReturns,
      isGenerator: callable.isGenerator,
      streamBuffer: callable.options.streamBuffer ?? 64,
    });
  }

  /** Claims the work in `slot`; false if the node has taken it back. */
  claim(slot: number, args: Payload, resolved: Resolved | null): boolean {
    if (this.#worker.ring.start(slot)) return true;
    this.#worker.discard(args);
    if (resolved !== null) for (let i = 1; i < resolved.length; i += 2) this.#worker.discard(resolved[i] as Payload);
    this.#link.send([Op.Skipped, slot]);
    return false;
  }

  /** The arguments as user code gets them; null: they could not be decoded, and that has been reported. */
  decode(execution: Execution, payload: Payload, resolved: Resolved | null): unknown[] | null {
    try {
      const args = this.#worker.decode(payload) as unknown[];
      if (resolved !== null) {
        for (let i = 0; i < resolved.length; i += 2) {
          placeArgument(args, resolved[i] as number, this.#worker.decode(resolved[i + 1] as Payload));
        }
      }
      return args;
    } catch (error) {
      this.refuse(execution.slot, error);
      return null;
    }
  }

  /** Calls user code and reports its result. Undefined: it has ended already. */
  execute(
    execution: Execution,
    code: UserFunction,
    self: unknown,
    args: unknown[],
    watched: boolean,
    returns: Returns,
  ): Promise<void> | undefined {
    if (watched) {
      this.#link.send([Op.Started, execution.slot]);
      this.#link.flush();
    }
    this.#running.set(execution.slot, execution);
    const start = performance.now();
    this.#worker.ring.enter(execution.slot, timeOrigin + start);
    if (channels.taskStart.hasSubscribers) channels.taskStart.publish(execution.event);
    let result: unknown;
    const span = this.#traces.size > 0 ? this.#startSpan(execution) : undefined;
    try {
      result =
        span === undefined
          ? executions.run(execution, applied, code, self, args)
          : span.run(() => executions.run(execution, applied, code, self, args));
    } catch (error) {
      this.#fail(execution, start, error);
      return undefined;
    }
    if (isThenable(result)) return this.#settle(execution, start, result, returns);
    if (returns.isGenerator && isIterator(result)) {
      return this.#settle(execution, start, this.#produce(execution, result, returns.streamBuffer), returns);
    }
    this.#done(execution, start, result, returns.numReturns);
    return undefined;
  }

  /** The run with this id, of which the next message tells, belongs to a trace. */
  traced(id: number, trace: string): void {
    this.#traces.set(id, trace);
  }

  #startSpan(execution: Execution): RunSpan | undefined {
    const trace = this.#traces.get(execution.id);
    if (trace === undefined) return undefined;
    this.#traces.delete(execution.id);
    const { taskId, actorId, nodeId, workerId } = execution.event;
    execution.span = RunSpan.start(trace, execution.name, {
      'aktis.task.id': taskId,
      ...(actorId !== undefined && { 'aktis.actor.id': actorId }),
      'aktis.node.id': nodeId,
      'aktis.worker.id': workerId as string,
    });
    return execution.span;
  }

  abort(slot: number, reason: string): void {
    this.#running.get(slot)?.abort(new TaskCancelledError(reason));
  }

  /** Work for `slot` has come; what was told about it before was about other work. */
  announced(slot: number): void {
    if (this.#consumed.size > 0) this.#consumed.delete(slot);
  }

  /** A generator that runs for the second time may not even be loaded when it is told what its consumer has. */
  consumed(slot: number, count: number): void {
    const execution = this.#running.get(slot);
    const production = execution && productions.get(execution);
    if (production === undefined) this.#consumed.set(slot, count);
    else production.consumed(count);
  }

  /** The work could not begin. */
  refuse(slot: number, error: unknown): void {
    const now = epochMicroseconds(performance.now());
    this.#link.send([Op.Failed, slot, now, 0, this.#worker.codec.encodeError(error), classNames(error), 0]);
  }

  async #settle(
    execution: Execution,
    start: number,
    result: PromiseLike<unknown>,
    returns: { numReturns: number },
  ): Promise<void> {
    try {
      this.#done(execution, start, await result, returns.numReturns);
    } catch (error) {
      this.#fail(execution, start, error);
    }
  }

  async #produce(execution: Execution, iterator: AnyIterator, buffer: number): Promise<void> {
    const production = new Production(execution, iterator, buffer, item => {
      this.#link.send([Op.Yield, execution.slot, this.#worker.encode(item)]);
    });
    productions.set(execution, production);
    production.consumed(this.#consumed.get(execution.slot) ?? 0);
    this.#consumed.delete(execution.slot);
    await production.run();
  }

  #done(execution: Execution, start: number, result: unknown, numReturns: number): void {
    const { slot } = execution;
    const end = performance.now();
    if (channels.taskEnd.hasSubscribers) channels.taskEnd.publish(execution.event);
    execution.span?.end();
    let value: Payload | Payload[];
    try {
      value = numReturns > 1 ? this.#encodeEach(execution, result, numReturns) : this.#worker.encode(result);
    } catch (error) {
      this.#running.delete(slot);
      this.refuse(slot, error);
      return;
    }
    this.#running.delete(slot);
    this.#link.send([Op.Done, slot, epochMicroseconds(start), (end - start) * 1000, value]);
    if (end - this.#flushedAt > FLUSH_MS) {
      this.#flushedAt = end;
      this.#link.flush();
    }
  }

  #encodeEach(execution: Execution, result: unknown, numReturns: number): Payload[] {
    if (!Array.isArray(result) || result.length !== numReturns) {
      const what = Array.isArray(result) ? `an array of ${result.length}` : typeof result;
      throw new TypeError(
        `${execution.name} declares numReturns: ${numReturns} but returned ${what}: return an array of ${numReturns}`,
      );
    }
    return result.map(value => this.#worker.encode(value));
  }

  #fail(execution: Execution, start: number, error: unknown): void {
    const { slot } = execution;
    const end = performance.now();
    if (channels.taskEnd.hasSubscribers) channels.taskEnd.publish({ ...execution.event, error });
    execution.span?.end(error);
    this.#running.delete(slot);
    const payload = this.#worker.codec.encodeError(error);
    this.#link.send([Op.Failed, slot, epochMicroseconds(start), (end - start) * 1000, payload, classNames(error), 1]);
  }
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

const productions = new WeakMap<Execution, Production>();

function applied(code: UserFunction, self: unknown, args: unknown[]): unknown {
  return code.apply(self, args);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

function isIterator(value: unknown): value is AnyIterator {
  const tag = Object.prototype.toString.call(value);
  return tag === '[object Generator]' || tag === '[object AsyncGenerator]';
}

function epochMicroseconds(now: number): number {
  return Math.round((timeOrigin + now) * 1000);
}

/** `RangeError Error`: what `retryExceptions` is compared with. */
function classNames(error: unknown): string {
  const names: string[] = [];
  for (let at = Object.getPrototypeOf(Object(error)); at !== null; at = Object.getPrototypeOf(at)) {
    if (typeof at.constructor === 'function') names.push(at.constructor.name);
  }
  return names.join(' ');
}
