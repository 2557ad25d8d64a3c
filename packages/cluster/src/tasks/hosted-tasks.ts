import {
  type ActorUnavailableError,
  type Callable,
  type CancelSettings,
  type Execute,
  Failure,
  type Holdable,
  ModuleLoadError,
  type Node,
  type NodeDependencies,
  NodeOp,
  type ObjectEntry,
  type Outcome,
  ReferenceKind,
  type Task,
  type Waiter,
} from '@aktis/core';
import { FunctionRoute, turnNow } from '@aktis/core/hub';
import type { Outcomes } from '../objects/outcomes.ts';
import type { Peer } from '../peers/peer.ts';
import type { Translation } from '../peers/translation.ts';
import { RunOrigins } from './run-origins.ts';
import { RunTable } from './run-table.ts';

const ORPHANED: CancelSettings = { force: true, recursive: true, grace: 0 };
/** What stays here for no longer is not worth telling its owner so, in milliseconds. */
const SHORT_STAY_MS = 5;

/** A run that is here, until its owner was told how it ended. */
class Hosted implements Waiter {
  readonly peer: Peer;
  /** What the owner calls it, and its first result. */
  readonly number: number;
  readonly id: number;
  readonly task: Task;
  /** Which attempt it came for: one that has been started stays. */
  readonly attempt: number;
  readonly cameAt = turnNow();
  isCancelled = false;
  /** All items of its stream have been sent. */
  streamed: Promise<void> | null = null;
  #missing: number;
  readonly #report: (hosted: Hosted) => void;

  constructor(peer: Peer, run: number, id: number, task: Task, report: (hosted: Hosted) => void) {
    this.peer = peer;
    this.number = run;
    this.id = id;
    this.task = task;
    this.attempt = task.attempt;
    this.#missing = task.outputs?.length ?? 1;
    this.#report = report;
  }

  settled(): void {
    if (--this.#missing > 0) return;
    if (this.streamed === null) this.#report(this);
    else void this.streamed.then(() => this.#report(this));
  }
}

/** What this node runs for others: ordinary tasks of its own, whose results go to their owners. */
export class HostedTasks {
  readonly #node: Node;
  readonly #route: FunctionRoute;
  readonly #translation: Translation;
  readonly #outcomes: Outcomes;
  /** Runs whose program is still on its way, with what has been consumed of their streams; and those that were cancelled. */
  readonly #expected = new Map<string, number>();
  readonly #unwanted = new Set<string>();
  readonly #hosted = new Map<Peer, RunTable<Hosted>>();

  readonly origins = new RunOrigins();

  constructor(node: Node, translation: Translation, outcomes: Outcomes) {
    this.#node = node;
    this.#route = new FunctionRoute(node, true);
    this.#translation = translation;
    this.#outcomes = outcomes;
  }

  /** The program of a run is still on its way: until then it may be cancelled. */
  expect(peer: Peer, run: number): void {
    this.#expected.set(`${peer.nodeId} ${run}`, 0);
  }

  execute(peer: Peer, message: Execute): void {
    const consumed = this.#expected.size === 0 ? 0 : (this.#expected.get(`${peer.nodeId} ${message[1]}`) ?? 0);
    if (!this.#isWanted(peer, message[1])) return;
    const callable = peer.foreign[message[2]] as Callable;
    const [, run, , id, retries, args, pairs, ifRoom] = message;
    const { payload, contains } = this.#translation.incoming(args, peer);
    const { entries, positions } = this.arguments(pairs, peer);
    const { ids } = this.#node;
    const localId = callable.numReturns > 1 ? ids.takeMany(callable.numReturns) : ids.take();
    const { parent, trace } = this.origins.take(peer, run);
    if (trace !== undefined) this.#node.tasks.traces.announced(localId, trace);
    const route = this.#route;
    const task = this.#node.submitFunction(callable, localId, payload, contains, entries, positions, null, route);
    task.parentName = parent;
    task.retriesLeft = retries;
    task.attempt = Math.max(0, (callable.options.maxRetries ?? 3) - retries);
    task.stream?.consumedUpTo(consumed);
    this.watch(peer, run, id, task);
    if (ifRoom === 1 && route.isHeldUp(task)) this.takeBack(peer, run);
  }

  /** A callable whose program could not be had. */
  refuse(peer: Peer, run: number, error: Error): void {
    this.origins.take(peer, run);
    if (!this.#isWanted(peer, run)) return;
    const failure = Failure.of(error instanceof ModuleLoadError ? error : new ModuleLoadError(error.message));
    peer.send([NodeOp.Failed, run, failure.toWire(this.#node.codec)]);
  }

  /** Tells the owner how `task` ends. `id`: of its first result there. */
  watch(peer: Peer, run: number, id: number, task: Task): void {
    const hosted = new Hosted(peer, run, id, task, this.#report);
    let runs = this.#hosted.get(peer);
    if (runs === undefined) this.#hosted.set(peer, (runs = new RunTable()));
    runs.add(hosted);
    const { output, outputs } = task;
    output.owner = peer.nodeId;
    output.ownerId = id;
    outputs?.forEach((each, i) => {
      each.owner = peer.nodeId;
      each.ownerId = id + i;
    });
    if (task.stream !== null) hosted.streamed = this.#pump(hosted);
    if (outputs === null) output.wait(hosted);
    else for (const each of outputs) each.wait(hosted);
  }

  cancel(peer: Peer, run: number, settings: CancelSettings): void {
    const hosted = this.#hosted.get(peer)?.get(run);
    if (hosted === undefined) {
      if (this.#expected.delete(`${peer.nodeId} ${run}`)) this.#unwanted.add(`${peer.nodeId} ${run}`);
      return;
    }
    hosted.isCancelled = true;
    hosted.task.route.cancel(hosted.task, hosted.task.route.interruptible ? settings : { ...settings, force: false });
  }

  /** Its owner would rather have it run elsewhere. What has started stays, and what is about to. */
  takeBack(peer: Peer, run: number): void {
    const hosted = this.#hosted.get(peer)?.get(run);
    const isExpected = this.#expected.has(`${peer.nodeId} ${run}`);
    // It has ended, and its owner will have heard so.
    if (hosted === undefined && !isExpected) return;
    if (hosted !== undefined && (hosted.task.hasStarted || hosted.task.attempt > hosted.attempt)) return;
    const isBack = hosted !== undefined && this.#node.tasks.relinquish(hosted.task);
    if (isBack) {
      this.#hosted.get(peer)?.delete(run);
      hosted.isCancelled = true;
    }
    peer.send(isBack ? [NodeOp.Returned, run, 1, this.#available] : [NodeOp.Returned, run, 0]);
  }

  get #available(): string {
    return JSON.stringify(this.#node.scheduler.pool.available);
  }

  /** All of these go back to their owners, or (false) none: one has started, or waits for its arguments. */
  giveBack(tasks: ReadonlySet<Task>): boolean {
    for (const { state } of tasks) if (state !== 'queued') return false;
    for (const [peer, runs] of this.#hosted) {
      for (const hosted of runs.all()) {
        if (!tasks.has(hosted.task) || !this.#node.tasks.relinquish(hosted.task)) continue;
        runs.delete(hosted.number);
        hosted.isCancelled = true;
        peer.send([NodeOp.Returned, hosted.number, 1]);
      }
    }
    return true;
  }

  /**
   * Calls of an actor that goes on elsewhere, without what it has been here: they are made again there, except those that
   * have started and must not run twice.
   */
  lose(tasks: ReadonlySet<Task>, lost: ActorUnavailableError): void {
    const failure = Failure.of(lost).toWire(this.#node.codec);
    for (const [peer, runs] of this.#hosted) {
      for (const hosted of runs.all()) {
        const { task, number: run } = hosted;
        if (!tasks.has(task)) continue;
        const mayRunAgain = task.state === 'queued' || task.retriesLeft !== 0;
        runs.delete(run);
        hosted.isCancelled = true;
        peer.send(mayRunAgain ? [NodeOp.Returned, run, 1] : [NodeOp.Failed, run, failure]);
      }
    }
  }

  consumed(peer: Peer, run: number, count: number): void {
    const hosted = this.#hosted.get(peer)?.get(run);
    const key = `${peer.nodeId} ${run}`;
    if (hosted !== undefined) hosted.task.stream?.consumedUpTo(count);
    else if (this.#expected.has(key)) this.#expected.set(key, count);
  }

  /** Nobody is left who could read the results. */
  ownerDied(peer: Peer): void {
    const runs = this.#hosted.get(peer);
    this.#hosted.delete(peer);
    this.origins.forget(peer);
    for (const hosted of runs?.all() ?? []) {
      hosted.isCancelled = true;
      hosted.task.route.cancel(hosted.task, hosted.task.route.interruptible ? ORPHANED : { ...ORPHANED, force: false });
    }
  }

  #isWanted(peer: Peer, run: number): boolean {
    if (this.#expected.size === 0 && this.#unwanted.size === 0) return !peer.isGone;
    this.#expected.delete(`${peer.nodeId} ${run}`);
    return !this.#unwanted.delete(`${peer.nodeId} ${run}`) && !peer.isGone;
  }

  readonly #report = ({ peer, number: run, id, task, cameAt, isCancelled }: Hosted): void => {
    this.#hosted.get(peer)?.delete(run);
    const duration = task.callable.stats.estimate(0);
    const text = task.outputs === null ? this.#outcomes.textOf(task.output) : undefined;
    if (text !== undefined) {
      if (!this.#isAwaited(peer, isCancelled)) return;
      const stay = turnNow() - cameAt;
      peer.send(stay > SHORT_STAY_MS ? [NodeOp.Done, run, duration, text, stay] : [NodeOp.Done, run, duration, text]);
      return;
    }
    const outputs = task.outputs ?? [task.output];
    const failed = outputs.find(output => output.state === 'failed')?.failure;
    if (failed !== undefined) failed.seen = true;
    if (!this.#isAwaited(peer, isCancelled)) return;
    if (failed !== undefined) {
      peer.send([NodeOp.Failed, run, failed.toWire(this.#node.codec)]);
      return;
    }
    const outcomes = outputs.map((output, i) =>
      this.#outcomes.ofResult(output, { owner: peer.nodeId, id: id + i }, peer),
    );
    peer.send([NodeOp.Done, run, duration, outcomes, turnNow() - cameAt]);
  };

  /** A session that ends is a node that dies: the owner learns of it by the link. */
  #isAwaited(peer: Peer, isCancelled: boolean): boolean {
    return !isCancelled && !peer.isGone && !this.#node.isEnding;
  }

  /** Sends the items of a stream as they come; the producer is as far ahead of the consumer there as it may be. */
  async #pump(hosted: Hosted): Promise<void> {
    const { peer, number: run } = hosted;
    const { stream } = hosted.task;
    if (stream === null) return;
    for (let position = 0; ; position++) {
      const item = hosted.isCancelled ? undefined : await stream.passOn(position);
      if (item === undefined || item.state === 'failed' || hosted.isCancelled) return;
      await this.#node.store.read([item], () =>
        peer.send([NodeOp.Yield, run, this.#translation.outgoing(item.payload ?? '', item.contains, peer)]),
      );
    }
  }

  /** The arguments that are refs, as objects of this node. */
  arguments(pairs: NodeDependencies | null, peer: Peer): { entries: Holdable[] | null; positions: number[] | null } {
    if (pairs === null) return { entries: null, positions: null };
    const entries: Holdable[] = [];
    const positions: number[] = [];
    for (let i = 0; i < pairs.length; i += 5) {
      const [position, id, owner, ownerId, outcome] = pairs.slice(i, i + 5) as [
        number,
        number,
        string,
        number,
        Outcome | null,
      ];
      const entry = this.#translation.item(ReferenceKind.Object, id, owner, ownerId, [], peer) as ObjectEntry;
      if (outcome !== null && !entry.isSettled) this.#outcomes.apply(entry, outcome, peer);
      positions.push(position);
      entries.push(entry);
    }
    return { entries, positions };
  }
}
