import {
  type CallableOptions,
  type CancelSettings,
  type Elsewhere,
  Failure,
  type Holdable,
  type Job,
  type Node,
  type NodeDependencies,
  NodeDiedError,
  type NodeDone,
  NodeOp,
  type ObjectEntry,
  publicId,
  type ResourceShape,
  type Task,
  type TaskQueue,
  type ToPeer,
  type WireFailure,
} from '@aktis/core';
import type { Payload } from '@aktis/transport';
import type { Lineage } from '../objects/lineage.ts';
import type { Outcomes } from '../objects/outcomes.ts';
import { RemoteCopies } from '../objects/remote-copies.ts';
import type { Peer } from '../peers/peer.ts';
import type { Peers } from '../peers/peers.ts';
import type { Translation } from '../peers/translation.ts';
import type { Candidate, Candidates } from './candidates.ts';

/** Work of about this many microseconds is sent to a node ahead of its results, for each task that fits there. */
const BUDGET_US = 5_000;
const MAX_DEPTH = 512;
/** Arguments above this many bytes draw the task to the node where they lie. */
const LOCALITY_BYTES = 2 ** 20;
/** A node that is used less than this keeps its own work. */
const SPREAD_ABOVE = 0.5;

/** A task of this node's that another one runs. */
class Run {
  readonly number: number;
  readonly task: Task;
  readonly peer: Peer;
  /** Null: it is the call of an actor. */
  readonly queue: TaskQueue | null;
  readonly onLost: ((task: Task, where: string) => void) | undefined;
  /** What its arguments were: to make large results again. */
  readonly args: Payload;
  readonly contains: readonly Holdable[] | null;
  readonly entries: readonly ObjectEntry[] | null;
  readonly positions: readonly number[] | null;

  constructor(
    number: number,
    task: Task,
    peer: Peer,
    queue: TaskQueue | null,
    onLost?: (task: Task, where: string) => void,
  ) {
    this.onLost = onLost;
    this.number = number;
    this.task = task;
    this.peer = peer;
    this.queue = queue;
    this.args = task.args;
    this.contains = task.contains;
    this.entries = task.arguments?.entries ?? null;
    this.positions = task.arguments?.positions ?? null;
  }
}

/** What of each queue is at each node. */
class Flights {
  readonly #counts = new Map<string, number>();

  of(nodeId: string): number {
    return this.#counts.get(nodeId) ?? 0;
  }

  add(nodeId: string, count: 1 | -1): void {
    this.#counts.set(nodeId, this.of(nodeId) + count);
  }
}

/** The tasks this node gives to others: which go where, and what becomes of them. */
export class RemoteTasks implements Elsewhere {
  readonly #node: Node;
  readonly #peers: Peers;
  readonly #candidates: Candidates;
  readonly #translation: Translation;
  readonly #outcomes: Outcomes;
  readonly #lineage: Lineage;
  readonly #runs = new Map<number, Run>();
  readonly #calls = new Map<Task, Run>();
  readonly #flights = new WeakMap<TaskQueue, Flights>();
  readonly #warned = new WeakSet<TaskQueue>();
  /** Results that lie on the node that made them: when nobody here needs one any more, that node need not keep it. */
  readonly #collected = new FinalizationRegistry<{ peer: Peer; id: number }>(({ peer, id }) => {
    peer.send([NodeOp.Drop, id]);
  });
  #count = 0;
  #cursor = 0;

  constructor(
    node: Node,
    peers: Peers,
    candidates: Candidates,
    translation: Translation,
    outcomes: Outcomes,
    lineage: Lineage,
  ) {
    this.#node = node;
    this.#peers = peers;
    this.#candidates = candidates;
    this.#translation = translation;
    this.#outcomes = outcomes;
    this.#lineage = lineage;
  }

  // ── where ──────────────────────────────────────────────────────────────────────────────────────────────────────

  take(task: Task, queue: TaskQueue): boolean {
    const candidate = this.#choose(task, queue);
    const peer = candidate && this.#peers.living(candidate.member.record.nodeId);
    if (candidate === undefined || peer === undefined) {
      if (!queue.mayRunHere) this.#warnIfInfeasible(task, queue);
      return false;
    }
    this.#send(task, queue, peer, candidate);
    return true;
  }

  allowsHere(options: CallableOptions): boolean {
    this.#candidates.assertNodeLives(options);
    return this.#candidates.allowsHere(options);
  }

  couldEverFit(shape: ResourceShape, options: CallableOptions): boolean {
    return this.#candidates.couldEverFit(options, shape);
  }

  explain(queue: TaskQueue): string {
    if (this.couldEverFit(queue.shape, queue.options)) {
      return `it needs ${queue.shape}, which other work holds at the moment on every node that has so much`;
    }
    return `it needs ${queue.shape}${selection(queue.options)}, and no node of the cluster has that`;
  }

  /** A node joined, left, or has something free. */
  roomChanged(): void {
    for (const queue of this.#node.functions.queues()) if (queue.size > 0) queue.offer();
  }

  #choose(task: Task, queue: TaskQueue): Candidate | undefined {
    const { shape, options } = queue;
    const spread = options.schedulingStrategy === 'SPREAD';
    if (!spread && queue.fitsHere && this.#utilisationHere() < SPREAD_ABOVE && !isElsewhere(task)) return undefined;
    const flights = this.#flightsOf(queue);
    const depth = depthOf(task);
    let best: Candidate | undefined;
    let bestScore = queue.fitsHere && !spread ? this.#utilisationHere() : Number.POSITIVE_INFINITY;
    const found: Candidate[] = [];
    for (const candidate of this.#candidates.for(options, shape)) {
      const inFlight = flights.of(candidate.member.record.nodeId);
      const free = candidate.room.slots(shape);
      // When others use all there is, a node is still sent as much as it could run: it serves whoever came first.
      const least = queue.mayRunHere ? 0 : candidate.room.capacity(shape) * depth;
      const room = free > 0 || inFlight < Math.min(least, MAX_DEPTH) || (inFlight > 0 && depth > 1 && inFlight < depth);
      if (!room) continue;
      found.push(candidate);
      const score = scoreOf(candidate, task, free, inFlight);
      if (score < bestScore) {
        best = candidate;
        bestScore = score;
      }
    }
    if (spread && found.length > 0) return this.#next(found, queue);
    return best;
  }

  /** In turn, this node too. */
  #next(found: readonly Candidate[], queue: TaskQueue): Candidate | undefined {
    const turn = this.#cursor++ % (found.length + (queue.fitsHere ? 1 : 0));
    return found[turn];
  }

  #utilisationHere(): number {
    const { total, available } = this.#node.scheduler.pool;
    const cpus = total.CPU ?? 0;
    return cpus === 0 ? 1 : 1 - (available.CPU ?? 0) / cpus;
  }

  #warnIfInfeasible(task: Task, queue: TaskQueue): void {
    if (this.#warned.has(queue) || this.couldEverFit(queue.shape, queue.options)) return;
    this.#warned.add(queue);
    this.#node.logs.warn(
      `task ${task.name} needs ${queue.shape}${selection(queue.options)}, but no node of the cluster has that. It stays pending ` +
        'until one joins; ask for less, or start a node that offers it',
    );
  }

  // ── there and back ─────────────────────────────────────────────────────────────────────────────────────────────

  #send(task: Task, queue: TaskQueue, peer: Peer, { room }: Candidate): void {
    const run = new Run(this.#count++, task, peer, queue);
    this.#runs.set(run.number, run);
    task.state = 'sent';
    task.place = run;
    this.#flightsOf(queue).add(peer.nodeId, 1);
    room.take(queue.shape);
    const callable = peer.introduce(task.callable);
    const args = this.#translation.outgoing(task.args, task.contains, peer);
    this.#tellOrigin(run);
    peer.send([NodeOp.Execute, run.number, callable, task.id, task.retriesLeft, args, this.#dependencies(run)]);
    if (task.stream !== null && task.stream.consumed > 0)
      peer.send([NodeOp.Consumed, run.number, task.stream.consumed]);
  }

  /** Sends the call of an actor; `message` gets the number of the run. */
  sendCall(
    task: Task,
    peer: Peer,
    message: (run: number, args: Payload, dependencies: NodeDependencies | null) => ToPeer,
    onLost: (task: Task, where: string) => void,
  ): void {
    const run = new Run(this.#count++, task, peer, null, onLost);
    this.#runs.set(run.number, run);
    this.#calls.set(task, run);
    const args = this.#translation.outgoing(task.args, task.contains, peer);
    this.#tellOrigin(run);
    peer.send(message(run.number, args, this.#dependencies(run)));
    if (task.stream !== null && task.stream.consumed > 0)
      peer.send([NodeOp.Consumed, run.number, task.stream.consumed]);
  }

  #tellOrigin({ number, task, peer }: Run): void {
    const { tasks, id } = this.#node;
    const trace = tasks.traces.of(task) ?? '';
    const { parent } = task;
    if (parent === null && trace === '') return;
    const parentId = parent === null ? '' : (parent.output.publicId ?? publicId(id, parent.id));
    peer.send([NodeOp.Origin, number, parentId, trace]);
  }

  #dependencies({ entries, positions, peer }: Run): NodeDependencies | null {
    if (entries === null || positions === null) return null;
    return entries.flatMap((entry, i) => [
      positions[i] as number,
      ...this.#translation.name(entry, peer),
      this.#outcomes.of(entry, peer),
    ]);
  }

  done([, number, start, duration, outcomes]: NodeDone): void {
    const run = this.#left(number);
    if (run === undefined) return;
    const { task, peer } = run;
    if (duration > 0) task.callable.stats.add(duration);
    this.#node.tasks.endedElsewhere(
      task,
      (output, i) => {
        const outcome = outcomes[i] as NodeDone[4][number];
        this.#outcomes.apply(output, outcome, peer, { owner: this.#node.id, id: output.id });
        if (!(output.source instanceof RemoteCopies)) return;
        if (run.queue !== null) this.#lineage.remember(output, i, run);
        this.#collected.register(output, { peer, id: output.id });
      },
      { start, duration },
    );
    run.queue?.offer();
  }

  failed(number: number, wire: WireFailure): void {
    const run = this.#left(number);
    if (run === undefined) return;
    this.#node.tasks.endedElsewhere(run.task, Failure.fromWire(wire), { start: Date.now() * 1000, duration: 0 });
    run.queue?.offer();
  }

  yielded(number: number, payload: Payload, peer: Peer): void {
    const run = this.#runs.get(number);
    const incoming = this.#translation.incoming(payload, peer);
    run?.task.stream?.yield(incoming.payload, incoming.contains);
  }

  consumed(task: Task, count: number): void {
    const run = this.#runOf(task);
    run?.peer.send([NodeOp.Consumed, run.number, count]);
  }

  withdraw(task: Task, settings: CancelSettings = { force: true, recursive: true, grace: 0 }): void {
    const run = this.#runOf(task);
    if (run === undefined) return;
    this.#left(run.number);
    run.peer.send([NodeOp.CancelRun, run.number, JSON.stringify(settings)]);
    queueMicrotask(() => run.queue?.offer());
  }

  /** What ran there runs elsewhere, if it may; when the node had drained (`isFree`), at no cost to its retries. */
  nodeDied(peer: Peer, reason: string, isFree = false): void {
    for (const run of [...this.#runs.values()]) {
      if (run.peer !== peer) continue;
      this.#left(run.number);
      const { task } = run;
      if (task.state === 'finished') continue;
      if (run.onLost !== undefined) {
        run.onLost(task, `node ${peer.nodeId}, which ${reason}`);
      } else if (task.retriesLeft !== 0) {
        if (isFree && task.retriesLeft > 0) task.retriesLeft++;
        this.#node.tasks.retry(task);
      } else {
        const error = new NodeDiedError(`${task.name} was running on node ${peer.nodeId}, which ${reason}`);
        const failure = Failure.of(error, { ...this.#node.origin(task, null), nodeId: peer.nodeId });
        this.#node.tasks.endedElsewhere(task, failure, { start: 0, duration: 0 });
      }
    }
  }

  print(job: Job, source: string, worker: number, stream: 'stdout' | 'stderr', text: string): boolean {
    const peer = this.#peers.living(job.nodeId);
    if (peer === undefined) return false;
    peer.send([NodeOp.Log, source, worker, stream === 'stdout' ? 1 : 2, text]);
    return true;
  }

  #left(number: number): Run | undefined {
    const run = this.#runs.get(number);
    if (run === undefined) return undefined;
    this.#runs.delete(number);
    if (run.queue === null) {
      this.#calls.delete(run.task);
      return run;
    }
    run.task.place = null;
    this.#flightsOf(run.queue).add(run.peer.nodeId, -1);
    this.#candidates.get(run.peer.nodeId)?.room.give(run.queue.shape);
    return run;
  }

  #runOf(task: Task): Run | undefined {
    return task.place instanceof Run ? task.place : this.#calls.get(task);
  }

  #flightsOf(queue: TaskQueue): Flights {
    let flights = this.#flights.get(queue);
    if (flights === undefined) this.#flights.set(queue, (flights = new Flights()));
    return flights;
  }
}

/** How many may be on their way for each that runs there. */
function depthOf(task: Task): number {
  const estimate = task.timeout > 0 ? BUDGET_US : task.callable.stats.estimate(BUDGET_US);
  return Math.max(1, Math.min(MAX_DEPTH, Math.floor(BUDGET_US / estimate)));
}

/** The less the better. */
function scoreOf({ member, room }: Candidate, task: Task, free: number, inFlight: number): number {
  const near = bytesAt(task, member.record.nodeId) >= LOCALITY_BYTES ? -1 : 0;
  return near + (free > 0 ? room.utilisation : 1 + inFlight);
}

function isElsewhere(task: Task): boolean {
  return task.arguments?.entries.some(({ source }) => source !== null && source.bytes >= LOCALITY_BYTES) ?? false;
}

function bytesAt(task: Task, nodeId: string): number {
  let bytes = 0;
  for (const { source } of task.arguments?.entries ?? []) {
    if (source instanceof RemoteCopies && source.nodes.includes(nodeId)) bytes += source.bytes;
  }
  return bytes;
}

function selection({ schedulingStrategy, labelSelector }: CallableOptions): string {
  const wanted = { ...(schedulingStrategy && { schedulingStrategy }), ...(labelSelector && { labelSelector }) };
  return Object.keys(wanted).length === 0 ? '' : ` with ${JSON.stringify(wanted)}`;
}
